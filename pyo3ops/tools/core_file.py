"""A core file without a debugger: who died of what, which files it had mapped, and how much of it is missing.

Its notes are those of Linux (fs/binfmt_elf.c, elf(5)); the ELF header and the notes of each library are in the memory
that it saved, unless /proc/PID/coredump_filter left them out (core(5), bit 4). Damaged input is read as far as it goes.
"""

from __future__ import annotations

import bisect
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Iterator, NamedTuple

from pyo3ops.tools import core_notes
from pyo3ops.tools.core_memory import Memory, headers, segments
from pyo3ops.tools.elf import MAGIC

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.tools.core_memory import Segment
    from pyo3ops.tools.core_notes import Auxiliary, CoreThread, Died, Named

#: Bytes of a note that is read, and program headers of a library that are looked at.
_NOTE_LIMIT = 16 * 2**20
_MOST_HEADERS = 64
#: Segments of notes; Linux writes one.
_MOST_NOTES = 4
_PT_LOAD, _PT_NOTE, ET_CORE = 1, 4, 4
_EXECUTABLE = 1

#: e_machine (the System V ABI), as wheels spell it.
MACHINES = {
    3: "i686", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "armv7", 62: "x86_64", 183: "aarch64",
    243: "riscv64", 258: "loongarch64",
}  # fmt: skip
#: NT_GNU_BUILD_ID, and the bytes of the shortest that is one.
_NT_BUILD_ID, _SHORTEST = 3, 8


class Mapped(NamedTuple):
    """A file that was mapped, where its first page was, and its build ID in hexadecimal, or empty."""

    path: str
    start: int
    build_id: str


@dataclass(frozen=True)
class Area:
    """A part of the memory of the process: `saved` bytes of it are in the core; `file` is what was mapped there."""

    start: int
    end: int
    readable: bool
    writable: bool
    executable: bool
    saved: int = 0
    file: str = ""


@dataclass(frozen=True)
class Core:
    """All that a core of 64 bits says; fields that it does not have are empty."""

    machine: str
    bits: int
    #: Bytes of the file, and of what its headers say that there is beyond its end.
    size: int
    missing: int = 0
    named: Named | None = None
    died: Died | None = None
    auxiliary: Auxiliary | None = None
    threads: tuple[CoreThread, ...] = ()
    areas: tuple[Area, ...] = ()
    files: tuple[Mapped, ...] = ()
    #: The path that the program was started by, and all that stood on its command line.
    started: str = ""
    argv: tuple[str, ...] = ()
    #: The program's own file, by where its code was.
    executable: str = ""


#: What damaged files make the reading of one raise.
_DAMAGED = (OSError, struct.error, IndexError, MemoryError, OverflowError, ValueError)


def read(path: Path) -> Core | None:
    """What a core says; None for what is none, or cannot be read. Of 32 bits only the machine is read."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            return _core(file, size)
    except _DAMAGED:
        return None


def mapped(path: Path) -> tuple[Mapped, ...] | None:
    """The ELF files that a core of 64 bits had mapped; None for what is no such core, or cannot be read."""
    core = read(path)
    return None if core is None or core.bits == 32 else core.files  # noqa: PLR2004


def machine_of(head: bytes) -> tuple[str, int, int] | None:
    """Machine, bits and kind (e_type) that the first 64 bytes of an ELF file tell; None for what is none."""
    order = {1: "<", 2: ">"}.get(head[5]) if head[:4] == MAGIC and len(head) >= 20 else None  # noqa: PLR2004
    if order is None or head[4] not in {1, 2}:
        return None
    kind, number = struct.unpack_from(f"{order}HH", head, 16)
    name = MACHINES.get(number, f"machine {number}")
    return (f"{name}le" if name == "ppc64" and order == "<" else name), 32 * head[4], kind


def _core(file: Any, size: int) -> Core | None:  # noqa: ANN401 - a binary file
    head = file.read(64)
    told = machine_of(head)
    if told is None or told[2] != ET_CORE:
        return None
    machine, bits, _ = told
    if bits == 32:  # noqa: PLR2004
        return Core(machine, bits, size)
    order = "<" if head[5] == 1 else ">"
    return _filled(file, size, machine, order, segments(head, file, order))


def _filled(file: Any, size: int, machine: str, order: str, parts: list[Segment]) -> Core:  # noqa: ANN401
    memory = Memory(file, [each for each in parts if each.kind == _PT_LOAD])
    places = [each for each in parts if each.kind == _PT_NOTE][:_MOST_NOTES]
    notes = [note for each in places for note in _notes_at(file, each, order)]
    rows = [row for kind, data in notes if kind == core_notes.NT_FILE for row in core_notes.files(data, order)]
    auxiliary = next((core_notes.auxiliary(data, order) for kind, data in notes if kind == core_notes.NT_AUXV), None)
    threads = tuple(core_notes.threads(notes, order, machine))
    started, argv = _command(notes, memory, auxiliary, order)
    return Core(
        machine,
        64,
        size,
        missing=max(0, max((each.offset + each.size for each in parts), default=size) - size),
        named=next((core_notes.named(data, order) for kind, data in notes if kind == core_notes.NT_PRPSINFO), None),
        died=core_notes.died(notes, order),
        auxiliary=auxiliary,
        threads=threads,
        areas=tuple(_areas(memory.segments, rows, size)),
        files=tuple(_mapped(memory, rows, order)),
        started=started,
        argv=argv,
        executable=next((path for start, end, _, path in rows if auxiliary and start <= auxiliary.headers < end), ""),
    )


def _notes_at(file: Any, segment: Segment, order: str) -> list[tuple[int, bytes]]:  # noqa: ANN401
    file.seek(segment.offset)
    return list(core_notes.each(file.read(min(segment.size, _NOTE_LIMIT)), order))


def _areas(loaded: list[Segment], rows: list[tuple[int, int, int, str]], size: int) -> Iterator[Area]:
    """The areas of memory in order, each with the file that was mapped where it begins."""
    files = sorted(rows)
    place = 0
    for each in loaded:
        while place < len(files) and files[place][1] <= each.address:
            place += 1
        inside = place < len(files) and files[place][0] <= each.address
        saved = max(0, min(each.size, size - each.offset))
        flags = each.flags
        yield Area(
            each.address,
            each.address + each.memory,
            readable=bool(flags & 4),
            writable=bool(flags & 2),
            executable=bool(flags & 1),
            saved=saved,
            file=files[place][3] if inside else "",
        )


def _mapped(memory: Memory, rows: list[tuple[int, int, int, str]], order: str) -> Iterator[Mapped]:
    """Each ELF file that code was loaded from, by where its beginning was mapped and saved.

    A program that prints its own backtrace maps files a second time to read them, and their debug files: the beginning
    that counts is the one that executable memory follows. gdb's gcore leaves out the areas of which it saves nothing,
    code as a rule: a beginning that is followed by memory the core does not tell of counts as well.
    """
    known = [each.address for each in memory.segments]
    code = [each.address for each in memory.segments if each.flags & _EXECUTABLE]
    begun = [run for run in _runs(rows) if _is_elf(memory.read(run[0][0], 4), run)]
    loaded = [run for run in begun if any(_any_in(code, *row[:2]) or not _any_in(known, *row[:2]) for row in run)]
    seen = set()
    for start, _, _, path in (run[0] for run in loaded):
        if path not in seen:
            seen.add(path)
            yield Mapped(path, start, _build_id(memory, start, order))


def _is_elf(head: bytes, run: list[tuple[int, int, int, str]]) -> bool:
    """Whether a file begins as one; where its beginning was not saved, or cut off, whether it looks like one.

    What is loaded has several mappings, and its name.
    """
    path = run[0][3]
    return head == MAGIC if head else len(run) > 1 and (".so" in path or "/bin/" in path)


def _runs(rows: list[tuple[int, int, int, str]]) -> list[list[tuple[int, int, int, str]]]:
    """The mappings of each file from one beginning of it to the next."""
    last: dict[str, list[tuple[int, int, int, str]]] = {}
    found = []
    for row in sorted(rows):
        if row[2] == 0:
            last[row[3]] = [row]
            found.append(last[row[3]])
        elif row[3] in last:
            last[row[3]].append(row)
    return found


def _any_in(addresses: list[int], start: int, end: int) -> bool:
    place = bisect.bisect_left(addresses, start)
    return place < len(addresses) and addresses[place] < end


def _build_id(memory: Memory, start: int, order: str) -> str:
    head = memory.read(start, 64)
    if len(head) < 64 or head[4] != 2:  # noqa: PLR2004 - 64 bits, as the core is
        return ""
    table, count = struct.unpack_from(f"{order}Q", head, 32)[0], struct.unpack_from(f"{order}H", head, 56)[0]
    for each in headers(memory.read(start + table, 56 * min(count, _MOST_HEADERS)), order):
        if each.kind == _PT_NOTE:
            # The first segment of a shared object begins at 0, so that addresses count from where it was mapped.
            notes = core_notes.each(memory.read(start + each.address, min(each.size, 65536)), order)
            found = next((data.hex() for kind, data in notes if kind == _NT_BUILD_ID and len(data) >= _SHORTEST), "")
            if found:
                return found
    return ""


def page(path: Path, address: int, size: int = 4096) -> bytes:
    """What a core of 64 bits saved at an address; empty where it saved nothing."""
    try:
        with path.open("rb") as file:
            head = file.read(64)
            order = "<" if head[5] == 1 else ">"
            loaded = [each for each in segments(head, file, order) if each.kind == _PT_LOAD]
            return Memory(file, loaded).read(address, size)
    except _DAMAGED:
        return b""


def _command(
    notes: list[tuple[int, bytes]], memory: Memory, auxiliary: Auxiliary | None, order: str
) -> tuple[str, tuple[str, ...]]:
    """How the program was started, out of the stack of its first thread, where the kernel put it."""
    vector = next((data for kind, data in notes if kind == core_notes.NT_AUXV), b"")
    if auxiliary is None or not auxiliary.name:
        return "", ()
    started = memory.text(auxiliary.name)
    stack = memory.segment(auxiliary.name)
    if stack is None or not vector:
        return started, ()
    beginning = max(stack.address, stack.address + stack.size - core_notes.LARGEST_START)
    pointers = core_notes.arguments(memory.read(beginning, core_notes.LARGEST_START), vector, order)
    return started, tuple(memory.text(each) for each in pointers)
