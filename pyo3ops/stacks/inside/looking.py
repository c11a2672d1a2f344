"""What the scripts in any debugger need: memory, files by address, rows of frames, and what /proc says."""
# ruff: noqa: FA100 - a debugger's own Python may be 3.6, which has no such future

import bisect
import contextlib
import os
import struct
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set

from .files import Mapped
from .memory import Memory, Unreadable

#: Bytes of each stack, and threads, whose stacks are looked through for addresses of code.
STACK = 32768
THREADS = 64


class Modules:
    """Which file an address lies in."""

    def __init__(self, files: List[Mapped], *, code: bool = False) -> None:
        """`code` is for those of their ranges alone in which code may run."""
        parts = ((each.path, part) for each in files for part in each.ranges)
        rows = sorted((start, end, path) for path, (start, end, runs) in parts if runs or not code)
        self._starts = [row[0] for row in rows]
        self._rows = rows

    def at(self, address: int) -> Optional[str]:
        """The path of the file; None for what came from no file."""
        index = bisect.bisect_right(self._starts, address) - 1
        return self._rows[index][2] if index >= 0 and address < self._rows[index][1] else None


class Area(NamedTuple):
    """A row of /proc/PID/maps: a file's path, a name in brackets, or nothing."""

    start: int
    end: int
    name: str


class Areas:
    """The memory of a process, area by area."""

    def __init__(self, text: str) -> None:
        """`text` is what `maps` gives."""
        self._rows = []
        for row in text.split("\n"):
            words = row.split(None, 5)
            if words:
                start, _, end = words[0].partition("-")
                self._rows.append(Area(int(start, 16), int(end, 16), words[5] if len(words) > 5 else ""))  # noqa: PLR2004
        self._starts = [each.start for each in self._rows]

    def at(self, address: int) -> Optional[Area]:
        """The area that an address lies in."""
        index = bisect.bisect_right(self._starts, address) - 1
        return self._rows[index] if index >= 0 and address < self._rows[index].end else None

    def named(self, name: str) -> Iterator[Area]:
        """The areas of a name."""
        return (each for each in self._rows if each.name == name)


class Table:
    """Frames once each, whatever threads and recursions have them."""

    def __init__(self) -> None:
        self.rows: List[Dict[str, Any]] = []
        self._known: Dict[Any, int] = {}

    def named(self, index: int, function: str) -> int:
        """The number of a row that is another one with a name."""
        self.rows.append(dict(self.rows[index], function=function))
        return len(self.rows) - 1

    def index(self, frame: Any, back: int) -> int:  # noqa: ANN401 - a named tuple of either debugger's
        """The number of a frame's row; the call that it is in ends `back` bytes before its address."""
        key = (frame, back)
        if key not in self._known:
            self._known[key] = len(self.rows)
            row = {name: value for name, value in frame._asdict().items() if value}
            self.rows.append(dict(row, address=frame.address, back=back))
        return self._known[key]


def running(pid: int) -> Set[int]:
    """The threads that the kernel has running, or ready to run (proc(5)): one that waits at a lock was woken."""
    found = set()
    for task in Path(f"/proc/{int(pid)}/task").glob("*/stat"):
        try:
            text = task.read_text(encoding="utf-8", errors="replace")
        except OSError:
            # It has ended meanwhile.
            continue
        # Its name, in parentheses, may have anything in it.
        if text.rpartition(")")[2].split()[:1] == ["R"]:
            found.add(int(task.parent.name))
    return found


def is_last_part(name: str, symbol: str) -> bool:
    """Whether a name says less than the symbol; code that the linker shares has the symbol of one of its functions."""
    base = name.partition("<")[0]
    return "::" not in base and (base in symbol or not base.isidentifier())


@contextlib.contextmanager
def process_memory(pid: int) -> Iterator[Memory]:
    """The memory of a running process, which the kernel gives ten times faster than a debugger."""
    descriptor = os.open(f"/proc/{pid}/mem", os.O_RDONLY)

    def read(address: int, size: int) -> bytes:
        try:
            data = os.pread(descriptor, size, address)
        except (OSError, OverflowError) as error:
            raise Unreadable(f"{address:#x}: {error}") from None
        if len(data) < size:
            raise Unreadable(f"{address:#x}: only {len(data)} of {size} bytes are there")
        return data

    try:
        yield Memory(read)
    finally:
        os.close(descriptor)


def maps(pid: int) -> str:
    """Where the files of a process lie in it (proc(5))."""
    # Not as text: a carriage return in a name would end a line.
    return Path(f"/proc/{pid}/maps").read_bytes().decode("utf-8", "surrogateescape")


def told(pid: int, executable: str) -> Dict[str, Any]:
    """What /proc says about a process."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
    argv = [each.decode("utf-8", "replace") for each in words]
    return {"pid": pid, "executable": executable, "argv": argv, "cwd": os.readlink(f"/proc/{pid}/cwd")}


def words_on_stacks(pid: int, memory: Memory) -> Iterator[int]:
    """The words above each thread's stack pointer, without stopping it: where calls that will be read go on."""
    for top in _tops(pid):
        # Page by page: the next page may not be there.
        with contextlib.suppress(Unreadable):
            for at in range(top & ~7, top + STACK, 4096):
                yield from struct.unpack("<512Q", memory.block(at, 4096))


def _tops(pid: int) -> Iterator[int]:
    """The stack pointers of the threads that wait in the kernel (proc(5), syscall)."""
    threads = sorted(Path(f"/proc/{pid}/task").iterdir(), key=lambda each: int(each.name))
    for thread in threads[:THREADS]:
        with contextlib.suppress(OSError):
            words = (thread / "syscall").read_text(encoding="ascii").split()
            if len(words) > 2:  # noqa: PLR2004 - "running" is one word
                yield int(words[-2], 16)
