"""The notes of a core of Linux, by struct: elf_prstatus, elf_prpsinfo, siginfo, NT_FILE, the auxiliary vector.

Sources: linux/elfcore.h, asm/ptrace.h, asm-generic/siginfo.h, and fs/binfmt_elf.c for NT_FILE and the stack of a new
program. Layouts are those of 64 bits.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator

if TYPE_CHECKING:
    from collections.abc import Sequence

NT_PRSTATUS, NT_PRPSINFO, NT_AUXV = 1, 3, 6
NT_FILE, NT_SIGINFO = 0x46494C45, 0x53494749
#: Threads, files and words of a command line that are believed.
_MOST_THREADS = 65536
_MOST_WORDS = 4096
#: Bytes at the end of the first thread's stack in which arguments and environment are looked for.
LARGEST_START = 2**20
_AT_PHDR, _AT_EXECFN = 3, 31

#: The registers of pr_reg in their order (asm/ptrace.h: user_regs_struct, user_pt_regs).
REGISTERS = {
    "x86_64": (
        "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi",
        "orig_rax", "rip", "cs", "eflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs",
    ),
    "aarch64": (*(f"x{number}" for number in range(31)), "sp", "pc", "cpsr"),
}  # fmt: skip
_COUNTER_AND_STACK = {"x86_64": ("rip", "rsp"), "aarch64": ("pc", "sp")}
#: Bytes before pr_reg.
_BEFORE_REGISTERS = 112


@dataclass(frozen=True)
class CoreThread:
    """One thread; `registers` in the order of the kernel, empty for a machine that is not known."""

    tid: int
    signal: int
    registers: tuple[tuple[str, int], ...] = ()
    #: Program counter and stack pointer.
    counter: int | None = None
    stack: int | None = None


@dataclass(frozen=True)
class Named:
    """The process by its name, which is cut to 15 bytes, and its command line, cut to 79."""

    pid: int
    name: str
    arguments: str


@dataclass(frozen=True)
class Died:
    """The signal; `address` for those that have one, `sender` the process that sent it, where one did."""

    signal: int
    code: int | None = None
    address: int | None = None
    sender: int | None = None


@dataclass(frozen=True)
class Auxiliary:
    """Addresses that the kernel gave the program: of its program headers, and of the path it was started by."""

    headers: int = 0
    name: int = 0


def each(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Kind and description of each note."""
    place = 0
    while place + 12 <= len(data):
        name, description, kind = struct.unpack_from(f"{order}III", data, place)
        start = place + 12 + -(-name // 4) * 4
        yield kind, data[start : start + description]
        place = start + -(-description // 4) * 4


def files(description: bytes, order: str) -> Iterator[tuple[int, int, int, str]]:
    """Start, end, offset in pages and path of each mapping of a file."""
    if len(description) < 16:  # noqa: PLR2004
        return
    count = struct.unpack_from(f"{order}Q", description)[0]
    if count > len(description) // 24:
        return
    rows = struct.iter_unpack(f"{order}QQQ", description[16 : 16 + 24 * count])
    names = description[16 + 24 * count :].split(b"\0")
    for (start, end, offset), name in zip(rows, names):
        yield start, end, offset, name.decode("utf-8", "replace")


def threads(notes: Sequence[tuple[int, bytes]], order: str, machine: str) -> Iterator[CoreThread]:
    """The threads, the one that died first."""
    found = [data for kind, data in notes if kind == NT_PRSTATUS and len(data) >= _BEFORE_REGISTERS]
    for data in found[:_MOST_THREADS]:
        names = REGISTERS.get(machine, ())
        whole = len(data) >= _BEFORE_REGISTERS + 8 * len(names)
        values = struct.unpack_from(f"{order}{len(names)}Q", data, _BEFORE_REGISTERS) if whole else ()
        registers = dict(zip(names, values))
        counter, stack = _COUNTER_AND_STACK.get(machine, ("", ""))
        yield CoreThread(
            struct.unpack_from(f"{order}i", data, 32)[0],
            struct.unpack_from(f"{order}h", data, 12)[0],
            tuple(registers.items()),
            registers.get(counter),
            registers.get(stack),
        )


def named(description: bytes, order: str) -> Named | None:
    """elf_prpsinfo; None where it is cut short."""
    if len(description) < 136:  # noqa: PLR2004
        return None
    name, arguments = (
        part.split(b"\0")[0].decode("utf-8", "replace") for part in (description[40:56], description[56:136])
    )
    return Named(struct.unpack_from(f"{order}i", description, 24)[0], name, arguments.rstrip())


#: SIGILL, SIGTRAP, SIGBUS, SIGFPE and SIGSEGV tell an address, unless it is SI_KERNEL that sent them.
_WITH_ADDRESS = frozenset({4, 5, 7, 8, 11})
_SI_KERNEL = 128


def died(notes: Sequence[tuple[int, bytes]], order: str) -> Died | None:
    """The signal that ended the process, with its siginfo where the kernel wrote one (since Linux 3.7)."""
    info = next((data for kind, data in notes if kind == NT_SIGINFO and len(data) >= 24), b"")  # noqa: PLR2004
    if not info:
        status = next((data for kind, data in notes if kind == NT_PRSTATUS and len(data) >= _BEFORE_REGISTERS), b"")
        number = struct.unpack_from(f"{order}h", status, 12)[0] if status else 0
        return Died(number) if number else None
    number, _, code = struct.unpack_from(f"{order}iii", info)
    if number in _WITH_ADDRESS and 0 < code < _SI_KERNEL:
        return Died(number, code, struct.unpack_from(f"{order}Q", info, 16)[0])
    sender = struct.unpack_from(f"{order}i", info, 16)[0] if code <= 0 else None
    return Died(number, code, None, sender or None)


def auxiliary(description: bytes, order: str) -> Auxiliary:
    """The auxiliary vector (getauxval(3))."""
    pairs = dict(struct.iter_unpack(f"{order}QQ", description[: len(description) // 16 * 16]))
    return Auxiliary(pairs.get(_AT_PHDR, 0), pairs.get(_AT_EXECFN, 0))


def arguments(stack: bytes, vector: bytes, order: str) -> list[int]:
    """Addresses of the words of the command line, out of the end of the first thread's stack.

    There lie, from low to high: argc, argv, a null, the environment, a null, the auxiliary vector.
    """
    place = stack.rfind(vector)
    if place < 0 or place % 8:
        return []
    words = struct.unpack(f"{order}{place // 8}Q", stack[:place])
    # The null after the environment, then the one before it.
    end = next((index for index in range(len(words) - 2, -1, -1) if words[index] == 0), -1)
    found: list[int] = []
    for index in range(end - 1, max(-1, end - 2 - _MOST_WORDS), -1):
        if words[index] == len(found):
            return found[::-1]
        found.append(words[index])
    return []
