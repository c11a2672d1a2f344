"""The libraries that a core file had mapped, with their build IDs, as far as the kernel wrote the first page of each.

A core lists its files in the note NT_FILE (Linux, fs/binfmt_elf.c); the ELF header and the notes of each library are in
the memory that it saved, unless /proc/PID/coredump_filter left them out (core(5), bit 4).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple

from pyo3ops.tools.elf import MAGIC

if TYPE_CHECKING:
    from pathlib import Path

_NT_FILE = 0x46494C45
#: Bytes of a note that is read, and program headers of a library that are looked at.
_NOTE_LIMIT = 16 * 2**20
_MOST_HEADERS = 64
_PT_LOAD, _PT_NOTE, _ET_CORE = 1, 4, 4


class Mapped(NamedTuple):
    """A file that was mapped, where its first page was, and its build ID in hexadecimal, or empty."""

    path: str
    start: int
    build_id: str


class _Segment(NamedTuple):
    kind: int
    offset: int
    address: int
    size: int


def mapped(core: Path) -> tuple[Mapped, ...] | None:
    """The ELF files that a core of 64 bits had mapped; None for what is no such core, or cannot be read."""
    try:
        with core.open("rb") as file:
            head = file.read(64)
            order = {1: "<", 2: ">"}.get(head[5]) if head[:5] == MAGIC + b"\x02" else None
            if order is None or struct.unpack_from(f"{order}H", head, 16)[0] != _ET_CORE:
                return None
            return tuple(_mapped(file, order, _segments(head, file, order)))
    except (OSError, struct.error, IndexError, MemoryError, OverflowError, ValueError):
        return None


def _mapped(file: Any, order: str, segments: list[_Segment]) -> Iterator[Mapped]:  # noqa: ANN401 - a binary file
    memory = _Memory(file, [each for each in segments if each.kind == _PT_LOAD])
    seen = set()
    for note in (each for each in segments if each.kind == _PT_NOTE):
        file.seek(note.offset)
        for kind, description in _notes(file.read(min(note.size, _NOTE_LIMIT)), order):
            for path, start in _files(description, order) if kind == _NT_FILE else ():
                if path not in seen and memory.read(start, 4) == MAGIC:
                    seen.add(path)
                    yield Mapped(path, start, _build_id(memory, start, order))


class _Memory:
    """What a core saved, by address."""

    def __init__(self, file: Any, segments: list[_Segment]) -> None:  # noqa: ANN401
        self._file = file
        self._segments = segments

    def read(self, address: int, size: int) -> bytes:
        for each in self._segments:
            if each.address <= address < each.address + each.size:
                self._file.seek(each.offset + address - each.address)
                return bytes(self._file.read(min(size, each.address + each.size - address)))
        return b""


def _segments(head: bytes, file: Any, order: str) -> list[_Segment]:  # noqa: ANN401
    """The program headers of a core, whose number stands in the first section where it is larger than 65534."""
    start, sections = struct.unpack_from(f"{order}QQ", head, 32)
    count = struct.unpack_from(f"{order}H", head, 56)[0]
    if count == 0xFFFF:  # noqa: PLR2004 - PN_XNUM
        file.seek(sections)
        count = struct.unpack_from(f"{order}I", file.read(64), 44)[0]
    file.seek(start)
    return _headers(file.read(56 * count), order)


def _headers(data: bytes, order: str) -> list[_Segment]:
    rows = struct.iter_unpack(f"{order}IIQQQQQQ", data[: len(data) // 56 * 56])
    return [_Segment(kind, offset, address, size) for kind, _, offset, address, _, size, _, _ in rows]


def _notes(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + 12 <= len(data):
        name, description, kind = struct.unpack_from(f"{order}III", data, place)
        start = place + 12 + -(-name // 4) * 4
        yield kind, data[start : start + description]
        place = start + -(-description // 4) * 4


def _files(description: bytes, order: str) -> Iterator[tuple[str, int]]:
    """Path and address of each mapping that begins with the beginning of its file."""
    count = struct.unpack_from(f"{order}Q", description)[0]
    if count > len(description) // 24:
        return
    rows = struct.iter_unpack(f"{order}QQQ", description[16 : 16 + 24 * count])
    names = description[16 + 24 * count :].split(b"\0")
    for (start, _, offset), name in zip(rows, names):
        if offset == 0:
            yield name.decode("utf-8", "replace"), start


def _build_id(memory: _Memory, start: int, order: str) -> str:
    head = memory.read(start, 64)
    if len(head) < 64 or head[4] != 2:  # noqa: PLR2004 - 64 bits, as the core is
        return ""
    table, count = struct.unpack_from(f"{order}Q", head, 32)[0], struct.unpack_from(f"{order}H", head, 56)[0]
    for each in _headers(memory.read(start + table, 56 * min(count, _MOST_HEADERS)), order):
        if each.kind == _PT_NOTE:
            # The first segment of a shared object begins at 0, so that addresses count from where it was mapped.
            notes = memory.read(start + each.address, min(each.size, 65536))
            found = next((data.hex() for kind, data in _notes(notes, order) if kind == 3 and len(data) >= 8), "")  # noqa: PLR2004
            if found:
                return found
    return ""
