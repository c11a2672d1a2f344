"""Callers by the tables that compilers write for unwinding (.eh_frame), for what a debugger cannot unwind itself.

lldb before 20 takes a function that the compiler cut in two (`.cold`) for one that begins at its first part, and then
finds no table for it; CPython's evaluation loop is such a function from 3.11 on. The tables are the System V ABI's
(x86-64, section 4.2.4, and DWARF 5, section 6.4).
"""
# ruff: noqa: FA100, PLR2004 - a debugger's own Python may be 3.6; the numbers are those of the formats

import struct
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

from .files import Elf, bias, opened
from .memory import Memory, Unreadable

#: Bytes of one table that are read.
LIMIT = 64 << 20
#: Instructions of one function.
STEPS = 20000
#: pcrel sdata4, udata4, datarel sdata4: what linkers write for x86-64 and aarch64.
_PCREL, _COUNT, _SORTED = 0x1B, 0x03, 0x3B

Registers = Dict[int, int]


class Processor(NamedTuple):
    """The columns of a processor: its names of registers by number, stack pointer, and return address."""

    names: Tuple[str, ...]
    stack: int
    back: int
    #: The bits that an address of code has; the others may sign it.
    mask: int = (1 << 64) - 1


PROCESSORS = {
    "x86_64": Processor(
        ("rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", *(f"r{n}" for n in range(8, 16)), "rip"), 7, 16
    ),
    "aarch64": Processor((*(f"x{n}" for n in range(29)), "fp", "lr", "sp"), 31, 30, (1 << 48) - 1),
}
#: What a function keeps for its caller, where its table does not speak of it.
_KEPT = {"x86_64": (3, 6, 12, 13, 14, 15), "aarch64": tuple(range(19, 30))}


class Frame(NamedTuple):
    """A call that is going on: its address, and what is known of its registers."""

    pc: int
    registers: Registers
    #: The frame was interrupted, it did not call: its address is that of the instruction itself.
    interrupted: bool = False


class _Rules(NamedTuple):
    """Where the caller's stack pointer is counted from, and where its registers lie (relative to that)."""

    register: int
    offset: int
    saved: Dict[int, Tuple[str, int]]


class _Common(NamedTuple):
    code: int
    data: int
    back: int
    encoding: int
    signal: bool
    program: bytes


class Tables:
    """The tables of one file, which lies somewhere in a process."""

    def __init__(self, place: str, elf: Elf, start: int) -> None:
        header, frames = elf.section(".eh_frame_hdr"), elf.section(".eh_frame")
        if header is None or frames is None:
            raise Unreadable(f"{place} has no tables for unwinding")
        with opened(place) as file:
            file.seek(header.offset)
            self._header = file.read(min(header.size, LIMIT))
            file.seek(frames.offset)
            self._frames = file.read(min(frames.size, LIMIT))
        if self._header[:4] != bytes((1, _PCREL, _COUNT, _SORTED)):
            raise Unreadable(f"the tables of {place} are in an order that is not known here")
        self._at, self._frames_at, self._bias = header.address, frames.address, bias(elf, start)

    def rules(self, pc: int) -> Tuple[_Common, _Rules]:
        """What to do at an address of the process."""
        address = pc - self._bias
        at = self._entry(address) - self._frames_at
        length, back = struct.unpack_from("<II", self._frames, at)
        common = self._common(at + 4 - back)
        if common.encoding != _PCREL:
            raise Unreadable("a table for unwinding has addresses of an unknown form")
        first, size = struct.unpack_from("<iI", self._frames, at + 8)
        first += self._frames_at + at + 8
        if not first <= address < first + size:
            raise Unreadable(f"no table for unwinding has {pc:#x}")
        more, start = _unsigned(self._frames, at + 16)
        program = self._frames[start + more : at + 4 + length]
        return common, _Machine(common).run(program, first, address)

    def _entry(self, address: int) -> int:
        """Binary search of the sorted table: the description of the function that begins nearest before."""
        low, high = 0, struct.unpack_from("<I", self._header, 8)[0]
        while low < high:
            middle = (low + high) // 2
            if self._at + struct.unpack_from("<i", self._header, 12 + 8 * middle)[0] <= address:
                low = middle + 1
            else:
                high = middle
        if not low:
            raise Unreadable(f"no table for unwinding has {address:#x}")
        return int(self._at + struct.unpack_from("<i", self._header, 12 + 8 * (low - 1) + 4)[0])

    def _common(self, at: int) -> _Common:
        length, _, version = struct.unpack_from("<IIB", self._frames, at)
        end = self._frames.index(b"\0", at + 9)
        augmentation = self._frames[at + 9 : end].decode("ascii", "replace")
        code, place = _unsigned(self._frames, end + 1)
        data, place = _signed(self._frames, place)
        back, place = _unsigned(self._frames, place) if version > 1 else (self._frames[place], place + 1)
        more, place = _unsigned(self._frames, place)
        program = self._frames[place + more : at + 4 + length]
        return _Common(code, data, back, self._encoding(augmentation, place), "S" in augmentation, program)

    def _encoding(self, augmentation: str, place: int) -> int:
        """How addresses are written, which an augmentation that begins with "z" says."""
        for letter in augmentation[1:]:
            if letter == "R":
                return self._frames[place]
            if letter == "P":
                place += {2: 3, 3: 5, 4: 9}.get(self._frames[place] & 7, 9)
            elif letter == "L":
                place += 1
        return 0


class _Machine:
    """Runs the instructions of a table as far as an address."""

    def __init__(self, common: _Common) -> None:
        self._common = common
        self._rules = _Rules(0, 0, {})
        self._first: Dict[int, Tuple[str, int]] = {}
        self._kept: List[_Rules] = []
        self._location = 0
        self._data = b""
        self._at = 0

    def run(self, program: bytes, first: int, address: int) -> _Rules:
        """The rules at an address of a function that begins at `first`."""
        self._location = first
        self._run(self._common.program, address)
        self._first = dict(self._rules.saved)
        self._run(program, address)
        return self._rules

    def _run(self, program: bytes, address: int) -> None:
        self._data, self._at = program, 0
        for _ in range(STEPS):
            if self._at >= len(program):
                return
            code = program[self._at]
            self._at += 1
            step = self._advance(code)
            if step is not None:
                if self._location + step > address:
                    return
                self._location += step
            elif code >= 0x80:
                self._saved(code)
            else:
                self._other(code)

    def _advance(self, code: int) -> Optional[int]:
        if code >> 6 == 1:
            return (code & 63) * self._common.code
        form = {2: "<B", 3: "<H", 4: "<I"}.get(code)
        if form is None:
            return None
        step = struct.unpack_from(form, self._data, self._at)[0]
        self._at += struct.calcsize(form)
        return int(step) * self._common.code

    def _saved(self, code: int) -> None:
        """DW_CFA_offset, DW_CFA_restore."""
        if code >> 6 == 2:
            self._rules.saved[code & 63] = ("at", self._uleb() * self._common.data)
        else:
            self._restore(code & 63)

    def _restore(self, register: int) -> None:
        if register in self._first:
            self._rules.saved[register] = self._first[register]
        else:
            self._rules.saved.pop(register, None)

    def _other(self, code: int) -> None:
        """The instructions of one byte, by number (DWARF 5, table 7.29)."""
        rules, data = self._rules, self._common.data
        does = {
            0x00: lambda: None,
            0x05: lambda: self._set("at", self._uleb(), lambda: self._uleb() * data),
            0x06: lambda: self._restore(self._uleb()),
            0x07: lambda: self._set("lost", self._uleb(), lambda: 0),
            0x08: lambda: self._set("same", self._uleb(), lambda: 0),
            0x09: lambda: self._set("in", self._uleb(), self._uleb),
            0x0A: lambda: self._kept.append(rules._replace(saved=dict(rules.saved))),
            0x0B: self._back,
            0x0C: lambda: self._counted(self._uleb(), self._uleb()),
            0x0D: lambda: self._counted(self._uleb(), rules.offset),
            0x0E: lambda: self._counted(rules.register, self._uleb()),
            0x11: lambda: self._set("at", self._uleb(), lambda: self._sleb() * data),
            0x12: lambda: self._counted(self._uleb(), self._sleb() * data),
            0x13: lambda: self._counted(rules.register, self._sleb() * data),
            0x14: lambda: self._set("is", self._uleb(), lambda: self._uleb() * data),
            0x15: lambda: self._set("is", self._uleb(), lambda: self._sleb() * data),
            # The signing of a return address (aarch64), and the size of arguments (GNU).
            0x2D: lambda: None,
            0x2E: self._uleb,
        }  # type: Dict[int, Callable[[], object]]
        if code not in does:
            raise Unreadable(f"a table for unwinding has an instruction {code:#x} that is not known here")
        does[code]()

    def _set(self, how: str, register: int, value: Callable[[], int]) -> None:
        self._rules.saved[register] = (how, value())

    def _counted(self, register: int, offset: int) -> None:
        self._rules = self._rules._replace(register=register, offset=offset)

    def _back(self) -> None:
        if not self._kept:
            raise Unreadable("a table for unwinding is damaged")
        self._rules = self._kept.pop()

    def _uleb(self) -> int:
        value, self._at = _unsigned(self._data, self._at)
        return value

    def _sleb(self) -> int:
        value, self._at = _signed(self._data, self._at)
        return value


def caller(frame: Frame, tables: Tables, memory: Memory, processor: str) -> Optional[Frame]:
    """The frame that called another; None at the root. Raises `Unreadable` where the tables do not say it."""
    columns = PROCESSORS[processor]
    try:
        common, rules = tables.rules(frame.pc - (0 if frame.interrupted else 1))
    except (struct.error, IndexError, ValueError) as error:
        raise Unreadable(f"a table for unwinding is damaged: {error}") from None
    if rules.register not in frame.registers:
        raise Unreadable("the caller's stack pointer is counted from a register that is not known")
    stack = frame.registers[rules.register] + rules.offset
    found = {number: frame.registers[number] for number in _KEPT[processor] if number in frame.registers}
    for number, (how, value) in rules.saved.items():
        found.pop(number, None)
        if how == "at":
            found[number] = memory.pointer(stack + value)
        elif how == "is":
            found[number] = stack + value
        elif how in ("in", "same") and (value if how == "in" else number) in frame.registers:
            found[number] = frame.registers[value if how == "in" else number]
    if rules.saved.get(common.back, ("", 0))[0] == "lost":
        return None
    back = found.get(common.back, frame.registers.get(common.back, 0) if common.back != 16 else 0) & columns.mask
    if common.back == 16:
        found.pop(16, None)
    found[columns.stack] = stack
    return Frame(back, found, common.signal) if back else None


def _unsigned(data: bytes, at: int) -> Tuple[int, int]:
    """A ULEB128 number, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            return value, at


def _signed(data: bytes, at: int) -> Tuple[int, int]:
    value, end = _unsigned(data, at)
    bits = 7 * (end - at)
    return (value - (1 << bits) if data[end - 1] & 64 else value), end
