"""The middle of a log that is too large to be read: what looks like a crash there, with the lines around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterator

#: Bytes around such a place that are kept, and of all places together.
BEFORE, BEHIND, MOST = 8 * 2**10, 48 * 2**10, 2 * 2**20
#: What is in the first lines of crashes.
_LITERALS = (
    b"panicked at ",
    b"Traceback (most recent call last)",
    b"Fatal Python error: ",
    b"fatal runtime error: ",
    b"has overflowed its stack",
    b"egmentation fault",
    b" received signal SIG",
    b"(core dumped)",
    b"Sanitizer: ",
    b"double free or corruption",
    b"memory allocation of ",
    b"PanicException",
)
_LONGEST = max(map(len, _LITERALS))


@dataclass
class Window:
    """A part of the middle that is kept: where it begins, in bytes and in lines of all, and its bytes."""

    start: int
    #: Line ends before it.
    lines: int
    data: bytearray = field(default_factory=bytearray)

    @property
    def end(self) -> int:
        """Where it ends, in bytes of all."""
        return self.start + len(self.data)


class Middle:
    """Takes the middle piece by piece, and keeps what looks like a crash; `offset` and `lines` are before it."""

    def __init__(self, offset: int, lines: int, *, search: bool = True) -> None:
        self.windows: list[Window] = []
        #: Places beyond `MOST`.
        self.missed = 0
        self.at = offset
        self.lines = lines
        self._search = search
        self._carry = b""
        self._until = 0

    def feed(self, data: bytes) -> None:
        """Look at the next piece."""
        buffer, base = self._carry + data, self.at - len(self._carry)
        before = self.lines - self._carry.count(b"\n")
        self.at += len(data)
        self.lines += data.count(b"\n")
        if self._search:
            self._keep(buffer, base)
            for place in sorted(_places(buffer, max(0, len(self._carry) - _LONGEST + 1))):
                self._found(buffer, base, before, place)
        self._carry = buffer[-BEFORE:]

    def _found(self, buffer: bytes, base: int, before: int, place: int) -> None:
        if base + place >= self._until:
            if sum(len(each.data) for each in self.windows) >= MOST:
                self.missed += 1
                return
            start = buffer.find(b"\n", max(0, place - BEFORE), place) + 1
            start = max(start, self.windows[-1].end - base if self.windows else 0)
            self.windows.append(Window(base + start, before + buffer.count(b"\n", 0, start)))
        self._until = base + place + BEHIND
        self._keep(buffer, base)

    def _keep(self, buffer: bytes, base: int) -> None:
        if self.windows and self.windows[-1].end < self._until:
            last = self.windows[-1]
            last.data += buffer[max(0, last.end - base) : max(0, self._until - base)]


def _places(buffer: bytes, first: int) -> Iterator[int]:
    for literal in _LITERALS:
        at = buffer.find(literal, first)
        while at >= 0:
            yield at
            # Every place in reach is kept with this one.
            at = buffer.find(literal, at + BEHIND // 2)
