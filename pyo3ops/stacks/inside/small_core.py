"""A core with no more in it than a walk up the native stacks needs: registers and stacks of a process of x86-64."""
# ruff: noqa: FA100 - a debugger's own Python may be 3.6, which has no such future

import struct
from typing import Dict, List, Sequence, Tuple

#: The registers as the kernel writes them down, struct user_regs_struct of sys/user.h; what has no name here is 0.
_ORDER = (
    "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip - - rsp - fs_base gs_base - - - -".split()  # noqa: SIM905 - words
)
REGISTERS = tuple(name for name in _ORDER if name != "-")
#: The types of notes (elf.h), and how long struct elf_prstatus is.
_PRSTATUS, _AUXV = 1, 6
_STATUS = 336
_HEADER, _SEGMENT = 64, 56
_LOAD, _NOTE = 1, 4


def of(threads: Dict[int, Dict[str, int]], memory: Sequence[Tuple[int, bytes]], auxv: bytes) -> List[bytes]:
    """The parts of a core, one after the other: threads by the kernel's numbers, the first one being the current."""
    notes = b"".join([_note(_PRSTATUS, _status(tid, threads[tid])) for tid in threads] + [_note(_AUXV, auxv)])
    at = _HEADER + _SEGMENT * (len(memory) + 1)
    segments = [struct.pack("<IIQQQQQQ", _NOTE, 0, at, 0, 0, len(notes), 0, 4)]
    at += len(notes)
    for address, data in memory:
        segments.append(struct.pack("<IIQQQQQQ", _LOAD, 6, at, address, 0, len(data), len(data), 1))
        at += len(data)
    # ET_CORE of EM_X86_64.
    rest = struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, _HEADER, 0, 0, _HEADER, _SEGMENT, len(segments), 0, 0, 0)
    return [b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + rest, *segments, notes, *(data for _, data in memory)]


def _note(kind: int, content: bytes) -> bytes:
    return struct.pack("<III", 5, len(content), kind) + b"CORE".ljust(8, b"\0") + content + b"\0" * (-len(content) % 4)


def _status(tid: int, registers: Dict[str, int]) -> bytes:
    """A thread's number and its registers, as struct elf_prstatus of linux/elfcore.h."""
    values = struct.pack("<27Q", *(registers.get(name, 0) for name in _ORDER))
    return (struct.pack("<32xi76x", tid) + values).ljust(_STATUS, b"\0")
