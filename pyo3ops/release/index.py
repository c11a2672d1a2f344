"""An index as a release sees it: what is public, one upload, one download. Whoever is asked answers with values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol, Union

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.release.model import SealedFile
    from pyo3ops.tools.index import Refusal
    from pyo3ops.tools.simple_page import IndexFile


class Sent(Enum):
    """What became of one upload, as far as the client can tell."""

    #: The index said that it has the file now.
    ACCEPTED = "accepted"
    #: The index said that it has a file of this name already: only its hash tells which.
    TAKEN = "the name is taken"
    #: No answer, or one that says nothing about the file: a dropped connection, 5xx, 429.
    UNSURE = "unsure"
    #: The credentials were refused: sending it again as it is cannot help.
    UNAUTHORISED = "unauthorised"
    #: The index will not take it, whoever sends it: a quota, metadata, a name.
    REFUSED = "refused"


@dataclass(frozen=True)
class Answer:
    """What an upload came to; `reason` in words, without a secret; `wait` is what the index asked for, in seconds."""

    sent: Sent
    reason: str = ""
    wait: float = 0.0


#: Files of all versions, or why there is no answer. A project that is not there yet has no files: `()`.
Listing = Union["tuple[IndexFile, ...]", "Refusal"]


class Index(Protocol):
    """Where a release goes."""

    @property
    def shown(self) -> str:
        """Its name or address, without credentials."""

    def listing(self, project: str) -> Listing:
        """Every file that is public under the project's name, asked past caches where that can be."""

    def upload(self, path: Path, file: SealedFile) -> Answer:
        """Send one file once: retrying is the caller's affair."""

    def fetch(self, file: IndexFile, folder: Path) -> Path | Refusal:
        """Download a public file as it is: judging its bytes is the caller's affair."""
