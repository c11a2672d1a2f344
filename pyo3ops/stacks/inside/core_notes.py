"""What a core says about its process, by its notes: files, signal, command; read before a debugger is asked."""
# ruff: noqa: FA100 - a debugger's own Python may be 3.6, which has no such future

import bisect
import contextlib
import signal
import struct
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from .files import Elf, Mapped, notes, part
from .memory import Memory, Unreadable

_LOAD, _NOTE = 1, 4
#: PF_W, and bytes of the header of an ELF file.
_WRITABLE, _ELF_HEAD = 2, 64
#: Bytes of an area in which not everything is zero, if it is read from the file that was mapped there.
_PROBE = 1 << 16
_PRPSINFO, _AUXV = 3, 6
_SIGINFO, _FILE = 0x53494749, 0x46494C45
#: AT_PHDR of getauxval(3): where the program headers of the executable lie.
_PHDR = 3
#: Bytes of notes: a core of thousands of threads has some megabytes.
LIMIT = 64 << 20
#: Sizes of siginfo_t's head and of struct elf_prpsinfo, and of a row of NT_FILE with its header.
_HEAD, _PRPSINFO_SIZE, _FILE_HEAD, _FILE_ROW = 24, 136, 16, 24
#: SI_KERNEL: the processor's fault has no address, as one beyond the canonical ones has none.
_KERNEL = 0x80
_FAULTS = ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP")
#: si_code in words, by signal (sigaction(2)).
_CODES = {
    ("SIGSEGV", 1): "address not mapped",
    ("SIGSEGV", 2): "access not permitted",
    ("SIGSEGV", 3): "bounds exceeded",
    ("SIGSEGV", 4): "access denied by a protection key",
    ("SIGBUS", 1): "address not aligned",
    ("SIGBUS", 2): "no such physical address",
    ("SIGBUS", 3): "hardware error",
    ("SIGILL", 1): "illegal instruction",
    ("SIGILL", 2): "illegal operand",
    ("SIGFPE", 1): "integer division by zero",
    ("SIGFPE", 2): "integer overflow",
    ("SIGTRAP", 1): "breakpoint",
}
_SENT = {0: "sent by kill", -1: "sent by sigqueue", -6: "sent by the process itself", _KERNEL: "sent by the kernel"}


class Core(NamedTuple):
    """The notes of one core."""

    files: List[Mapped]
    executable: Optional[str]
    signal: Optional[Dict[str, Any]]
    process: Dict[str, Any]
    gaps: List[str]


def read_core(path: str, elf: Elf) -> Core:
    """What the notes of a core say; what is missing is among the gaps."""
    with Path(path).open("rb") as file:
        found: Dict[int, bytes] = {}
        for segment in elf.segments:
            if segment.kind == _NOTE:
                for _, kind, data in notes(part(file, segment.offset, segment.file_size, LIMIT)):
                    found.setdefault(kind, data)
    mapped = list(_files(found.get(_FILE, b"")))
    return Core(
        mapped,
        _executable(mapped, found.get(_AUXV, b"")),
        _signal(found.get(_SIGINFO, b"")),
        _process(found.get(_PRPSINFO, b"")),
        list(_gaps(elf, mapped)),
    )


def _gaps(elf: Elf, mapped: List[Mapped]) -> Iterator[str]:
    end = max((each.offset + each.file_size for each in elf.segments), default=0)
    if end > elf.size:
        yield f"the core is truncated: {elf.size} of {end} bytes are there"
    if not mapped:
        yield "the core does not say which files were loaded"


@contextlib.contextmanager
def memory(path: str, elf: Elf, beyond: Optional[Memory] = None) -> Iterator[Memory]:
    """What a core kept of the memory; `beyond` is asked about what it never held, as code that lies in files.

    A debugger takes what a truncated core lacks out of the files, too, where variables have the values they began with.
    """
    loads = sorted(_loads(path, elf))
    starts = [each.start for each in loads]
    with Path(path).open("rb") as file:

        def read(address: int, size: int) -> bytes:
            index = bisect.bisect_right(starts, address) - 1
            found = loads[index] if index >= 0 and address < loads[index].end else None
            if found is not None and address + size <= found.start + found.saved:
                data = part(file, found.offset + address - found.start, size, LIMIT)
                if len(data) == size:
                    return data
                raise Unreadable(f"the core was cut off before {address:#x}")
            if beyond is None:
                raise Unreadable(f"the core has nothing of {address:#x}")
            if found is not None and found.writable:
                raise Unreadable(f"the core was written without the memory at {address:#x}")
            if found is not None and not found.filled(beyond):
                raise Unreadable(f"the core was written without {address:#x}, which was in a file that is not here")
            return beyond.block(address, size)

        yield Memory(read)


class _Load:
    """An area of memory, of which the first `saved` bytes are in the core."""

    def __init__(self, row: Tuple[int, int, int, int, int]) -> None:
        self.start, memory_size, self.offset, self.saved, flags = row
        self.end = self.start + memory_size
        self.writable = bool(flags & _WRITABLE)
        self._filled: Optional[bool] = None

    def __lt__(self, other: "_Load") -> bool:
        return self.start < other.start

    def filled(self, beyond: Memory) -> bool:
        """Whether a debugger has the file that was mapped there: gdb makes zeros of one that it has not."""
        if self._filled is None:
            try:
                self._filled = any(beyond.block(self.start, min(self.end - self.start, _PROBE)))
            except Unreadable:
                self._filled = False
        return self._filled


def _loads(path: str, elf: Elf) -> Iterator[_Load]:
    """The areas, with what they may be used for, which the headers of other files are not asked for."""
    with Path(path).open("rb") as file:
        head = file.read(_ELF_HEAD)
        table, each = struct.unpack_from("<Q", head, 32)[0], struct.unpack_from("<H", head, 54)[0]
        data = part(file, table, each * len(elf.segments))
    for index, segment in enumerate(elf.segments):
        if segment.kind == _LOAD:
            flags = struct.unpack_from("<I", data, each * index + 4)[0]
            yield _Load((segment.address, segment.memory_size, segment.offset, segment.file_size, flags))


def _files(data: bytes) -> Iterator[Mapped]:
    """NT_FILE: count, page size, and for each its range and its page in the file; then the paths."""
    if len(data) < _FILE_HEAD:
        return
    count, page = struct.unpack_from("<QQ", data)
    count = min(count, (len(data) - _FILE_HEAD) // _FILE_ROW)
    rows = [struct.unpack_from("<QQQ", data, _FILE_HEAD + _FILE_ROW * index) for index in range(count)]
    paths = [each.decode("utf-8", "surrogateescape") for each in data[_FILE_HEAD + _FILE_ROW * count :].split(b"\0")]
    runs: Dict[str, List[List[Tuple[int, int, int]]]] = {}
    for (start, end, offset), path in zip(rows, paths):
        # What prints its own backtrace maps files again to read them, from the beginning and in one piece.
        if path not in runs or offset == 0:
            runs.setdefault(path, []).append([])
        runs[path][-1].append((start, end, offset))
    for path, every in runs.items():
        parts = max(every, key=len)
        base = min(max(0, start - offset * page) for start, _, offset in parts)
        # Which ranges are code, the note does not say; of the files of a process most have some.
        yield Mapped(path, base, tuple((start, end, True) for start, end, _ in parts))


def _executable(mapped: List[Mapped], auxv: bytes) -> Optional[str]:
    pairs = [struct.unpack_from("<QQ", auxv, at) for at in range(0, len(auxv) - 15, 16)]
    headers = next((value for key, value in pairs if key == _PHDR), 0)
    inside = (each.path for each in mapped if any(start <= headers < end for start, end, _ in each.ranges))
    return next(inside, None)


def _signal(data: bytes) -> Optional[Dict[str, Any]]:
    if len(data) < _HEAD:
        return None
    number, _, code = struct.unpack_from("<iii", data)
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    fault = name in _FAULTS and 0 < code != _KERNEL
    said = _CODES.get((name, code)) if fault else _SENT.get(code)
    return {
        "number": number,
        "name": name,
        "code": said,
        "address": struct.unpack_from("<Q", data, 16)[0] if fault else None,
    }


def _process(data: bytes) -> Dict[str, Any]:
    """NT_PRPSINFO: the command is cut after 80 bytes there."""
    if len(data) < _PRPSINFO_SIZE:
        return {}
    words = data[56:136].split(b"\0")[0].decode("utf-8", "replace").split()
    return {"pid": struct.unpack_from("<i", data, 24)[0], "argv": words}
