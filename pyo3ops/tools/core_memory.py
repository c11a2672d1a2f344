"""The memory that a core saved, by its program headers (the System V ABI, "Program Header")."""

from __future__ import annotations

import bisect
import struct
from typing import Any, NamedTuple

#: Program headers of a core; Linux maps 65530 areas unless it is told otherwise (vm.max_map_count).
_MOST_AREAS = 2**20


class Segment(NamedTuple):
    """A program header: of memory or of notes; `size` bytes of `memory` are in the file, at `offset`."""

    kind: int
    flags: int
    offset: int
    address: int
    size: int
    memory: int


class Memory:
    """What a core saved, by address."""

    def __init__(self, file: Any, segments: list[Segment]) -> None:  # noqa: ANN401 - a binary file
        self._file = file
        self.segments = sorted(segments, key=lambda each: each.address)
        self._starts = [each.address for each in self.segments]

    def segment(self, address: int) -> Segment | None:
        """What an address is in, saved or not."""
        place = bisect.bisect_right(self._starts, address) - 1
        found = self.segments[place] if place >= 0 else None
        return found if found is not None and address < found.address + found.memory else None

    def read(self, address: int, size: int) -> bytes:
        """At most `size` bytes from an address on; empty where none were saved."""
        found = self.segment(address)
        if found is None or address >= found.address + found.size:
            return b""
        self._file.seek(found.offset + address - found.address)
        return bytes(self._file.read(min(size, found.address + found.size - address)))

    def text(self, address: int, limit: int = 4096) -> str:
        """The string that begins at an address."""
        return self.read(address, limit).split(b"\0")[0].decode("utf-8", "replace")


def segments(head: bytes, file: Any, order: str) -> list[Segment]:  # noqa: ANN401
    """The program headers of a core, whose number stands in the first section where it is larger than 65534."""
    start, sections = struct.unpack_from(f"{order}QQ", head, 32)
    count = struct.unpack_from(f"{order}H", head, 56)[0]
    if count == 0xFFFF:  # noqa: PLR2004 - PN_XNUM
        file.seek(sections)
        count = struct.unpack_from(f"{order}I", file.read(64), 44)[0]
    file.seek(start)
    return headers(file.read(56 * min(count, _MOST_AREAS)), order)


def headers(data: bytes, order: str) -> list[Segment]:
    """As many program headers of 64 bits as there are bytes for."""
    rows = struct.iter_unpack(f"{order}IIQQQQQQ", data[: len(data) // 56 * 56])
    return [
        Segment(kind, flags, offset, start, size, memory) for kind, flags, offset, start, _, size, memory, _ in rows
    ]
