"""What an address of a process that died points to, in words: null, the guard of a stack, data of a library, nothing.

The areas are those of the core; whose stack one is tell the stack pointers of the threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Sequence

from pyo3ops.core.sizes import in_words

if TYPE_CHECKING:
    from pyo3ops.tools.core_file import Area
    from pyo3ops.tools.core_notes import CoreThread

PAGE = 4096
#: Linux maps nothing below (vm.mmap_min_addr); fields of a null pointer are there.
_NULL = 65536
#: Bits of an address that a process can have (x86-64 without five levels, aarch64 with 48 bits of address).
_USER_BITS = 47
#: How far below its stack a thread that overflows it writes: a frame, and what a probe of the stack skips.
_BELOW_STACK = 2**20
#: How far apart an address and the stack pointer are in such a thread.
_NEAR = 2**20
#: How far a neighbour is still told.
_NEIGHBOUR = 2**30
_WORD = 2**64


@dataclass(frozen=True)
class Memory:
    """The areas and the threads of a process; `died` is the thread that the signal was for."""

    areas: Sequence[Area]
    threads: Sequence[CoreThread]
    machine: str = "x86_64"

    @property
    def died(self) -> CoreThread | None:
        """The thread that the core was written for: the first one."""
        return self.threads[0] if self.threads else None

    def area(self, address: int) -> Area | None:
        """The area that an address is in."""
        return next((each for each in self.areas if each.start <= address < each.end), None)


def points_to(address: int, memory: Memory, code: str = "") -> str:
    """What is there, in one phrase; `code` names the function at an address, where somebody knows it."""
    area = memory.area(address)
    jumped = memory.died is not None and memory.died.counter == address and not (area and area.executable)
    words = _special(address) or _overflow(address, area, memory)
    if not words and area is not None:
        words = _inside(address, area, memory, code)
    elif not words:
        words = f"nothing is mapped there{_neighbour(address, memory)}: a wild pointer, or memory that was given back"
    return f"{words}; the program jumped there: a call through a bad function pointer" if jumped else words


def overflowed(address: int, memory: Memory) -> bool:
    """True where the thread that died ran out of stack: it touched what lies below, close to its stack pointer."""
    return bool(_overflow(address, memory.area(address), memory))


def _special(address: int) -> str:
    if address == 0:
        return "a null pointer"
    if address < _NULL:
        return f"{address} bytes past null: a field or an element behind a null pointer"
    if address >= _WORD - _NULL:
        return f"{_WORD - address} bytes before null: something in front of a null pointer"
    if address >> _USER_BITS == (1 << 64 - _USER_BITS) - 1:
        return "an address of the kernel, which no program may touch"
    if address >> _USER_BITS:
        return f"no address that a process can have (non-canonical){_as_text(address)}: data taken for a pointer"
    return ""


def _as_text(address: int) -> str:
    """The bytes of a pointer that are text, which something wrote over it."""
    data = address.to_bytes(8, "little").rstrip(b"\0")
    readable = len(data) >= 5 and all(0x20 <= byte < 0x7F for byte in data)  # noqa: PLR2004 - ASCII
    return f", its bytes are the text {data.decode('ascii')!r}" if readable else ""


def _overflow(address: int, area: Area | None, memory: Memory) -> str:
    thread = memory.died
    if thread is None or thread.stack is None or (area is not None and area.writable):
        return ""
    above = next((each for each in memory.areas if each.writable and address < each.end and each.start > address), None)
    at_edge = above is not None and above.start - address <= _BELOW_STACK and not above.file
    near = abs(thread.stack - address) <= _NEAR
    # The stack pointer is in the stack still, or below it already, when a frame does not fit any more.
    in_it = above is not None and (above.start <= thread.stack < above.end or address <= thread.stack < above.start)
    if not (at_edge and near and (in_it or thread.stack <= address)):
        return ""
    size = above.end - above.start if above else 0
    return f"just below the stack of thread {thread.tid}, {in_words(size)} of which are used up: a stack overflow"


def _inside(address: int, area: Area, memory: Memory, code: str) -> str:
    owner = next(
        (each for each in memory.threads if each.stack is not None and area.start <= each.stack < area.end), None
    )
    if owner is not None and not area.file:
        return f"in the stack of thread {owner.tid}"
    if not (area.readable or area.writable or area.executable):
        return f"memory that nobody may touch (a guard){_of(area)}"
    if area.executable:
        return f"code{_of(area)}{f', in {code}' if code else ''}"
    if not area.writable:
        return f"read-only data{_of(area)}"
    if area.file:
        return f"data{_of(area)}"
    offset, size = in_words(address - area.start), in_words(area.end - area.start)
    return f"memory of the program (heap, or mapped without a file), {offset} into {size}"


def _of(area: Area) -> str:
    return f" of {area.file}" if area.file else ""


def _neighbour(address: int, memory: Memory) -> str:
    """What is mapped closest below or above."""
    near = [(address - each.end + 1, "after", each) for each in memory.areas if each.end <= address]
    near += [(each.start - address, "before", each) for each in memory.areas if each.start > address]
    distance, side, area = min(near, key=lambda each: each[0], default=(_NEIGHBOUR, "", None))
    if area is None or distance >= _NEIGHBOUR:
        return ""
    return f" ({in_words(distance)} {side} {area.file or 'memory of the program'})"


def suspects(thread: CoreThread) -> tuple[tuple[str, int], ...]:
    """The registers of a thread whose values look like pointers that no process can have."""
    found = ((name, value) for name, value in thread.registers if value >> _USER_BITS and name != "orig_rax")
    return tuple((name, value) for name, value in found if "non-canonical" in _special(value))
