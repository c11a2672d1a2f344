"""What an index keeps, by PyPI's rules: a name is used once, ever, and a version is closed after 14 days."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Callable

from pyo3ops.release.clock import written
from pyo3ops.release.public import OPEN_FOR, name_and_version
from pyo3ops.tools.simple_page import IndexFile

if TYPE_CHECKING:
    from collections.abc import Iterator


class Put(Enum):
    """What became of the bytes of one upload, with the status that PyPI gives."""

    STORED = 200
    #: The very same file is there already, which is no error.
    SAME = 201
    #: The name was used before, for other bytes or for a file that is deleted.
    TAKEN = 400
    #: The version's first file is older than 14 days.
    CLOSED = 403


@dataclass(frozen=True)
class Stored:
    """One file; `uploaded` in seconds since the epoch, `yanked` the reason or None."""

    name: str
    data: bytes
    sha256: str
    uploaded: float
    yanked: str | None = None


class Store:
    """The files of one project, now and at any time before; not for several threads."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.files: dict[str, Stored] = {}
        self._used: set[str] = set()
        self._past: list[tuple[float, tuple[Stored, ...]]] = []

    def put(self, name: str, data: bytes) -> Put:
        sha256 = hashlib.sha256(data).hexdigest()
        there = self.files.get(name)
        if there is not None:
            return Put.SAME if there.sha256 == sha256 else Put.TAKEN
        if name.lower() in self._used:
            return Put.TAKEN
        if any(self.now() - first > OPEN_FOR for first in self._first(name)):
            return Put.CLOSED
        self._used.add(name.lower())
        self._change({**self.files, name: Stored(name, data, sha256, self.now())})
        return Put.STORED

    def delete(self, name: str) -> None:
        self._change({key: file for key, file in self.files.items() if key != name})

    def yank(self, name: str, reason: str = "") -> None:
        self._change({**self.files, name: replace(self.files[name], yanked=reason)})

    def at(self, time: float) -> tuple[Stored, ...]:
        """The files that there were at a time: what a cache of that time still shows."""
        return next((files for since, files in reversed(self._past) if since <= time), ())

    def _first(self, name: str) -> Iterator[float]:
        version = name_and_version(name)
        own = [file.uploaded for file in self.files.values() if name_and_version(file.name) == version]
        yield from ([min(own)] if own else [])

    def _change(self, files: dict[str, Stored]) -> None:
        self.files = files
        self._past.append((self.now(), tuple(files.values())))


def shown(file: Stored, *, hashes: bool = True) -> IndexFile:
    """A file as the simple API shows it."""
    proof = (("sha256", file.sha256),) if hashes else ()
    url = f"https://index.example/files/{file.name}"
    return IndexFile(file.name, url, proof, yanked=file.yanked, size=len(file.data), uploaded=written(file.uploaded))
