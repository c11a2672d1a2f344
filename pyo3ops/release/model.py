"""What a release is made of: its states, its sealed files, the manifest that binds them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Tuple

#: A pair of a name and what belongs to it.
Pair = Tuple[str, str]


class State(Enum):
    """How far a release is; the value is what a person reads, and what the journal keeps."""

    PLANNED = "planned"
    BUILT = "built"
    SEALED = "sealed"
    CHECKED = "checked"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    VERIFIED = "verified"
    TAGGED = "tagged"
    ANNOUNCED = "announced"
    #: Given up before anything was public.
    ABORTED = "aborted"
    #: Some of it is public, and what is missing cannot follow without a person.
    STUCK = "stuck"
    #: Taken back: every public file is yanked, by the index's own word.
    WITHDRAWN = "withdrawn"


#: The states that follow one another where nothing goes wrong.
COURSE = (
    State.PLANNED,
    State.BUILT,
    State.SEALED,
    State.CHECKED,
    State.PUBLISHING,
    State.PUBLISHED,
    State.VERIFIED,
    State.TAGGED,
    State.ANNOUNCED,
)


@dataclass(frozen=True)
class SealedFile:
    """One file of a release: its size in bytes, its digests in hexadecimal, the tags of its name (none: an sdist)."""

    name: str
    size: int
    sha256: str
    blake2b: str
    tags: tuple[str, ...] = ()

    @property
    def is_wheel(self) -> bool:
        """True for a wheel, False for a source distribution."""
        return self.name.endswith(".whl")


@dataclass(frozen=True)
class Manifest:
    """The only files that are ever uploaded, in the order in which they are: wheels first, the sdist last."""

    #: As it stands in file names: normalised (PEP 503), with underscores.
    project: str
    version: str
    #: The full commit that they were built from; empty outside of git.
    commit: str
    files: tuple[SealedFile, ...]
    #: Lock files, from the project's root, and their sha256.
    locks: tuple[Pair, ...] = ()
    #: What built them, and its version.
    tools: tuple[Pair, ...] = ()

    def file(self, name: str) -> SealedFile | None:
        """The sealed file of that name."""
        return next((file for file in self.files if file.name == name), None)
