"""What a run of publishing came to: how many of how many files are public, why not all, and what to type next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pyo3ops.release.model import State

#: What goes on where a run stopped.
RESUME = ("pyo3ops", "release", "--resume")
STATUS = ("pyo3ops", "release", "status")
WITHDRAW = ("pyo3ops", "release", "withdraw")
_PUBLISHED = frozenset({State.PUBLISHED, State.VERIFIED, State.TAGGED, State.ANNOUNCED})


class Fate(Enum):
    """What became of one file; the value is what a person reads."""

    CONFIRMED = "public, as sealed"
    #: The index took it, or says that it has the name, and does not show it.
    UNSEEN = "sent, not shown yet"
    #: It was sent, and nobody knows whether it arrived.
    DOUBTED = "perhaps sent"
    UNSENT = "not sent"
    REFUSED = "refused"
    OTHER = "public, with other bytes"


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file, and why."""

    name: str
    fate: Fate
    reason: str = ""

    @property
    def state(self) -> str:
        """The fate in words."""
        return self.fate.value


@dataclass(frozen=True)
class Outcome:
    """How far a release is after a run: its files in their order, why it ended, what to type next."""

    state: State
    files: tuple[FileOutcome, ...]
    #: Empty where every file is public.
    reason: str = ""
    command: tuple[str, ...] = ()
    #: The day (UTC) from which on PyPI takes no new file of this version; empty where nothing is public.
    until: str = ""
    #: Files that are public and were not sealed.
    foreign: tuple[str, ...] = ()

    @property
    def published(self) -> bool:
        """True where every file is public with the sealed bytes."""
        return self.state in _PUBLISHED

    @property
    def public(self) -> int:
        """How many of the sealed files are public, as sealed."""
        return sum(file.fate is Fate.CONFIRMED for file in self.files)

    @property
    def summary(self) -> str:
        """One line: how many of how many are public, and why not all."""
        words = f"{self.public} of {len(self.files)} files are public"
        return f"{words}: {self.reason}" if self.reason else words
