"""The journal of a release: a record for each thing that was done, on the disk before the next one is.

One process at a time writes it. A last line that is not whole is what a kill left, and is set aside; any other damage
is an error, as a journal that may have been changed proves nothing.
"""

from __future__ import annotations

import contextlib
import os
from typing import IO, TYPE_CHECKING

from pyo3ops.core.errors import ConfigError, Pyo3opsError, reason_of
from pyo3ops.release import records
from pyo3ops.release.clock import SystemClock, written
from pyo3ops.release.course import IllegalStep, Standing, after
from pyo3ops.release.held import Held, hold
from pyo3ops.release.model import State

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.release.clock import Clock
    from pyo3ops.release.records import Record, Value

#: Names in the folder of a release.
FILE = "journal.jsonl"
TORN = "journal.torn"
LOCK = "journal.lock"


class Disk:
    """How a record gets onto the disk."""

    def write(self, stream: IO[bytes], data: bytes) -> None:
        """Hand it to the system."""
        stream.write(data)
        stream.flush()

    def sync(self, stream: IO[bytes]) -> None:
        """Come back when it outlives a power cut."""
        os.fsync(stream.fileno())

    def sync_folder(self, folder: Path) -> None:
        """Come back when the names in a folder outlive one; not every system can be asked."""
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


class Journal:
    """Of one folder. As it is, it can be read; `with` it, it is this process's to write, until the end of the block."""

    def __init__(self, folder: Path, clock: Clock, disk: Disk) -> None:
        """Read nothing yet: `open` does."""
        self.folder = folder
        self._clock = clock
        self._disk = disk
        self._held: Held | None = None
        self._stream: IO[bytes] | None = None
        self._records: tuple[Record, ...] = ()
        self._standing = Standing()
        #: What the records were read from.
        self._text = b""

    @classmethod
    def open(cls, folder: Path, clock: Clock | None = None, disk: Disk | None = None) -> Journal:
        """Read a release's journal, or its absence. Raises `ConfigError` for one that is damaged."""
        journal = cls(folder, clock or SystemClock(), disk or Disk())
        journal._read()
        return journal

    @classmethod
    def begin_again(
        cls,
        folder: Path,
        state: State,
        *,
        manifest: str = "",
        index: str = "",
        aside: str = "damaged",
        clock: Clock | None = None,
    ) -> str:
        """Set a journal aside that cannot be used, and start one in the state that index and git tell.

        Returns the name of the old one, journal.ASIDE-N, empty where there was none. `manifest` is the sealed
        manifest's sha256 where that is still there. Raises `Pyo3opsError` where another process writes it, or the disk
        does not take it.
        """
        journal = cls(folder, clock or SystemClock(), Disk())
        try:
            journal._hold()
            was = journal._move_away(aside)
            journal._begin()
            journal.append("recovered", state=state.value, manifest=manifest, index=index, was=was)
        finally:
            journal.__exit__()
        return was

    def __enter__(self) -> Journal:  # noqa: PYI034 - Self is newer than 3.8
        """Be the one process that writes it, and read it again. Raises `Pyo3opsError` where another one is that."""
        try:
            self._hold()
            self._begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Let others write it."""
        stream, held = self._stream, self._held
        self._stream = self._held = None
        if stream is not None:
            stream.close()
        if held is not None:
            held.release()

    @property
    def records(self) -> tuple[Record, ...]:
        """All records, oldest first; none where there is no journal."""
        return self._records

    @property
    def standing(self) -> Standing:
        """What the records come to."""
        return self._standing

    @property
    def state(self) -> State:
        """How far the release is; planned where there is no journal."""
        return self._standing.state or State.PLANNED

    @property
    def manifest_sha256(self) -> str:
        """Of the sealed manifest; empty before that."""
        return self._standing.manifest

    def append(self, event: str, **data: Value) -> Record:
        """Write a record, which is on the disk when this returns.

        Raises `IllegalStep` for what cannot follow, `TypeError` for a value that is no text, number or truth, and
        `Pyo3opsError` where the disk does not take it: nothing more is written then.
        """
        if self._stream is None:
            raise RuntimeError("a journal is written within its `with` block, and not after an error")
        previous = self._records[-1].sha256 if self._records else records.ORIGIN
        record = records.make(len(self._records) + 1, written(self._clock.now()), event, data, previous)
        standing = after(self._standing, record)
        stream, self._stream = self._stream, None
        try:
            self._disk.write(stream, record.line)
            self._disk.sync(stream)
        except OSError as error:
            with contextlib.suppress(OSError):
                stream.close()
            raise _unwritable(error, self.folder / FILE) from None
        except BaseException:
            stream.close()
            raise
        self._stream = stream
        self._records, self._standing = (*self._records, record), standing
        return record

    def _hold(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._held = hold(self.folder / LOCK)
        except OSError as error:
            raise _unwritable(error, self.folder) from None
        if self._held is None:
            raise Pyo3opsError(
                "another process works on this release",
                cause=f"it holds {self.folder / LOCK}; the lock goes with the process",
                command="pyo3ops release status",
            )

    def _move_away(self, word: str) -> str:
        """Give the file the first name that is free; in words which, empty where there is no file."""
        path = self.folder / FILE
        if not path.exists():
            return ""
        number = 1
        while (self.folder / f"journal.{word}-{number}").exists():
            number += 1
        try:
            path.replace(self.folder / f"journal.{word}-{number}")
        except OSError as error:
            raise _unwritable(error, path) from None
        return f"journal.{word}-{number}"

    def _begin(self) -> None:
        path = self.folder / FILE
        torn = self._read()
        try:
            if torn:
                self._set_aside(torn)
            created = not path.exists()
            self._stream = path.open("ab")
            if created:
                self._disk.sync(self._stream)
                self._disk.sync_folder(self.folder)
        except OSError as error:
            raise _unwritable(error, path) from None

    def _set_aside(self, torn: bytes) -> None:
        """Keep what a kill left of a line elsewhere, then cut it off: never the other way round."""
        with (self.folder / TORN).open("ab") as stream:
            self._disk.write(stream, torn + b"\n")
            self._disk.sync(stream)
        with (self.folder / FILE).open("r+b") as stream:
            stream.truncate(stream.seek(0, os.SEEK_END) - len(torn))
            self._disk.sync(stream)

    def _read(self) -> bytes:
        """Read all whole lines; what stands behind the last one is returned."""
        text, end, torn = self._bytes().rpartition(b"\n")
        if text + end != self._text:
            self._parse(text.split(b"\n") if end else [])
            self._text = text + end
        return torn

    def _parse(self, lines: list[bytes]) -> None:
        found: list[Record] = []
        standing = Standing()
        for number, line in enumerate(lines, 1):
            record = records.parse(line, number, found[-1].sha256 if found else records.ORIGIN)
            if isinstance(record, str):
                raise _damaged(self.folder, number, record)
            found.append(record)
            try:
                standing = after(standing, record)
            except IllegalStep as step:
                raise _damaged(self.folder, number, str(step)) from None
        self._records, self._standing = tuple(found), standing

    def _bytes(self) -> bytes:
        path = self.folder / FILE
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            words = f"the journal cannot be read: {reason_of(error, path)}"
            raise ConfigError(words, command="pyo3ops release status") from None


def _damaged(folder: Path, number: int, what: str) -> ConfigError:
    return ConfigError(
        f"line {number} of {folder / FILE} is damaged: {what}",
        cause="somebody edited the journal, or the disk lost a part of it; what is public is not touched by that",
        command="pyo3ops release --recover",
    )


def _unwritable(error: OSError, place: Path) -> Pyo3opsError:
    return Pyo3opsError(
        f"the journal cannot be written: {reason_of(error, place)}",
        cause="nothing is done that is not in the journal first",
        command="pyo3ops release --resume",
    )
