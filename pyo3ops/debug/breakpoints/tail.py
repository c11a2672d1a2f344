"""Tells each stop of a run when it happens: the file that stops are appended to is read as it grows."""

from __future__ import annotations

import os
import select
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.debug.breakpoints import records

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.debug.breakpoints.records import Stop

#: The pipes by which gdb says that it wrote a stop, and hears that it was shown; it holds the program meanwhile.
TOLD, SHOWN = "told", "shown"
#: Seconds between two looks into a file of which nobody says that it grew: without gdb the program itself writes it.
EVERY = 0.1
#: Bytes that are read at a time.
_PIECE = 2**20


@contextmanager
def followed(folder: Path, name: str, told: Callable[[int, Stop], None] | None) -> Iterator[None]:
    """While this lasts, tell every stop that is written to a file, and its number from 0; None for nobody to tell.

    The pipes are made before, and everything is told at the end. What `told` raises is raised then.
    """
    if told is None:
        yield
        return
    file = folder / name
    file.touch()
    for pipe in (TOLD, SHOWN):
        os.mkfifo(folder / pipe, 0o600)
    tail = _Tail(folder, file, told)
    tail.start()
    try:
        yield
    finally:
        tail.end()
    if tail.failed is not None:
        raise tail.failed


class _Tail(threading.Thread):
    """Reads the file as it grows, and answers whoever waits for that."""

    def __init__(self, folder: Path, file: Path, told: Callable[[int, Stop], None]) -> None:
        super().__init__(name="stops", daemon=True)
        self._file = file
        self._told = told
        self._pipes = [os.open(folder / pipe, os.O_RDWR | os.O_NONBLOCK) for pipe in (TOLD, SHOWN)]
        self._over = threading.Event()
        self._rest = b""
        self._read_to = self._stops = 0
        self.failed: Exception | None = None

    def end(self) -> None:
        """Have the rest told, and wait for that."""
        self._over.set()
        os.write(self._pipes[0], b".")
        self.join()
        for pipe in self._pipes:
            os.close(pipe)

    def run(self) -> None:
        heard, answer = self._pipes
        over = False
        while not over:
            over = self._over.is_set()
            asked = os.read(heard, 4096) if select.select([heard], [], [], EVERY)[0] else b""
            try:
                self._tell()
            except Exception as error:  # noqa: BLE001 - raised where the run ends; until then nobody waits in vain
                self.failed = self.failed or error
            if asked:
                os.write(answer, asked)

    def _tell(self) -> None:
        for said in records.told(self._lines()):
            if self._stops < records.STOPS and self.failed is None:
                self._stops += 1
                self._told(self._stops - 1, said)

    def _lines(self) -> Iterator[bytes]:
        """The lines that were finished since, as far as records are read at all."""
        with self._file.open("rb") as file:
            file.seek(self._read_to)
            while self._read_to < records.LIMIT:
                piece = file.read(min(_PIECE, records.LIMIT - self._read_to))
                if not piece:
                    return
                self._read_to += len(piece)
                *whole, self._rest = (self._rest + piece).split(b"\n")
                yield from whole
