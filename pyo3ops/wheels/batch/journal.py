"""The folder that wheels are put into, and the record beside them of what each was made from.

A file is put there whole, by a rename; one that is not in the record is somebody else's, and is left alone.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import json
import os
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

from pyo3ops.core.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The record's name in the folder.
FILE = ".pyo3ops-wheels.json"
_FORM = 1
_CHUNK = 2**20


@dataclass(frozen=True)
class Entry:
    """One file that was made: `what` it is in the plan's words, `key` of all that it was made from."""

    what: str
    name: str
    key: str
    sha256: str
    size: int
    #: Wall time in seconds, and crates that rustc compiled, when it was made.
    seconds: float = 0.0
    compiled: int = 0


class Journal:
    """The record of one folder; several threads may put files there."""

    def __init__(self, folder: Path) -> None:
        """Read the record of a folder, which is made. Raises `OSError`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._lock = threading.Lock()
        self._entries = {entry.what: entry for entry in _read(folder / FILE)}

    def there(self, what: str, key: str) -> Entry | None:
        """The entry of a file that was made from the same, and is still what was made."""
        entry = self._entries.get(what)
        if entry is None or entry.key != key or digest(self.folder / entry.name) != entry.sha256:
            return None
        return entry

    def put(self, file: Path, entry: Entry) -> None:
        """Put a file into the folder under the entry's name, in place of what was made of the same before.

        Raises `FileExistsError` where the name is taken by what is not of this record, and `OSError`.
        """
        with self._lock:
            self._check(entry)
            _copy_whole(file, self.folder / entry.name)
            before = self._entries.get(entry.what)
            self._entries[entry.what] = entry
            self._write()
            if before is not None and before.name != entry.name:
                self._take_away(before)

    def _check(self, entry: Entry) -> None:
        there = digest(self.folder / entry.name)
        ours = {each.sha256 for each in self._entries.values() if each.name == entry.name}
        if there is not None and there not in {*ours, entry.sha256}:
            raise FileExistsError(
                errno.EEXIST, "it is there, and pyo3ops did not make it", str(self.folder / entry.name)
            )

    def _take_away(self, before: Entry) -> None:
        """Remove what a new file replaces under another name, where it is still what was made."""
        named = {each.name for each in self._entries.values()}
        if before.name not in named and digest(self.folder / before.name) == before.sha256:
            (self.folder / before.name).unlink()

    def _write(self) -> None:
        rows = [dataclasses.asdict(entry) for entry in sorted(self._entries.values(), key=lambda entry: entry.name)]
        text = json.dumps({"form": _FORM, "made": rows}, indent=1, ensure_ascii=False)
        write_whole(self.folder / FILE, text.encode("utf-8"))


def digest(file: Path) -> str | None:
    """SHA-256 of a file in hexadecimal; None where there is none that can be read."""
    found = hashlib.sha256()
    try:
        with file.open("rb") as stream:
            for chunk in iter(lambda: stream.read(_CHUNK), b""):
                found.update(chunk)
    except OSError:
        return None
    return found.hexdigest()


def _copy_whole(file: Path, target: Path) -> None:
    """A copy that is whole or not there, also from another file system."""
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=str(target.parent))
    try:
        with file.open("rb") as source, os.fdopen(descriptor, "wb") as copy:
            for chunk in iter(lambda: source.read(_CHUNK), b""):
                copy.write(chunk)
            copy.flush()
            os.fsync(copy.fileno())
        # As any file that a program makes; mkstemp's are the owner's alone.
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _read(file: Path) -> Iterator[Entry]:
    """What a record says; one that is damaged says nothing, and what it told of is made again."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        rows = document["made"] if document["form"] == _FORM else ()
        yield from [_entry(row) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return


def _entry(row: Mapping[str, Any]) -> Entry:
    entry = Entry(**row)
    if not all(isinstance(each, str) for each in (entry.what, entry.name, entry.key, entry.sha256)):
        raise TypeError("texts are texts")
    if Path(entry.name).name != entry.name:
        raise ValueError("a name leads elsewhere")
    return entry
