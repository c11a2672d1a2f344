"""How a program ended, as single lines tell: signals, aborts, kills, and stacks of programs that did not end."""

# ruff: noqa: E501 - a pattern is read in one piece

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Pattern, Sequence

from pyo3ops.debug.crash.story import Kind
from pyo3ops.stacks.model import Signal

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump, Frame, Raised
    from pyo3ops.stacks.readers import Piece

#: The C library's last words, and the allocator's.
GAVE_UP = re.compile(
    r"(?:\*\*\* Error in `.{0,200}': )?(?P<said>double free or corruption.{0,60}|free\(\): invalid .{0,60}|free\(\): double free.{0,60}"
    r"|malloc\(\): .{1,80}|realloc\(\): .{1,80}|munmap_chunk\(\): .{1,60}|malloc_consolidate\(\): .{1,60}|corrupted (?:size|double-linked).{0,80}"
    r"|\*\*\* stack smashing detected \*\*\*.{0,60}|memory allocation of \d{1,20} bytes failed|terminate called.{0,120}"
    r"|corrupted double-linked list.{0,40}|sysmalloc: Assertion.{0,80})"
)
#: The shell's, the kernel's and the container's words.
KILLED = re.compile(
    r"(?:^|[:\d] )\s{0,8}Killed(?:\s{2,20}\S.{0,200})?$|\bKilled: 9\b|\bOOMKilled\b|Out of memory: Kill(?:ed)? process|\boom-kill:"
    r"|Memory cgroup out of memory|\b[Ss]ignal: 9\b|terminated by signal SIGKILL|\bsignal SIGKILL\b|\bcode=killed, status=9/KILL\b|\bSignals\.SIGKILL\b"
    r"|\b[Ee]xit(?:ed)?(?: with)?(?: non-zero)? ?(?:code|status):?\s{0,12}(?:137|-9)\b"
)
#: How Windows numbers the end of a process: as it is, as 32 bits with a sign, and in hexadecimal.
_WINDOWS = {
    "SIGSEGV": ("C0000005", "C00000FD"),
    "SIGILL": ("C000001D", "C0000096"),
    "SIGBUS": ("C0000006",),
    "SIGFPE": ("C0000094",),
    # Rust aborts by a fast failure; the other is a heap that is corrupted.
    "SIGABRT": ("C0000409", "C0000374"),
}
#: zsh's words, which come behind the number of the process.
_ZSH = {
    "SIGSEGV": "segmentation fault",
    "SIGILL": "illegal hardware instruction",
    "SIGBUS": "bus error",
    "SIGFPE": "floating point exception",
    "SIGABRT": "(?:abort|IOT instruction)",
}
_SIGNALS = (
    ("SIGSEGV", 11, "Segmentation fault"),
    ("SIGILL", 4, "Illegal instruction"),
    ("SIGBUS", 7, "Bus error"),
    ("SIGFPE", 8, "Floating point exception"),
    ("SIGABRT", 6, "Aborted"),
)


def _decimal(name: str) -> str:
    codes = [int(code, 16) for code in _WINDOWS[name]]
    return "|".join(f"{code}|{code - 2**32}" for code in codes)


def _pattern(name: str, number: int, words: str) -> Pattern[str]:
    """A shell's, a runner's, a parent process's and the kernel's line about a signal."""
    # The kernel's own line has no name of the signal.
    extra = {11: r"|\bsegfault at [0-9a-f]", 4: r"|\btrap invalid opcode\b"}.get(number, "")
    words = words.replace("Floating point", "Floating[ -]point")
    return re.compile(
        rf"(?:^|: line \d{{1,9}}: |: )\s{{0,8}}(?:\d{{1,9}} )?{words}(?: {{2,20}}\S.{{0,200}}|:? ?\d{{1,3}})?(?: \(core dumped\).{{0,200}})?$"
        rf"{extra}|\bcode=(?:dumped|killed), status={number}/|\bsignal:? {number}\b|\b(?:signal|Signals\.) ?{name}\b|\({name}\)"
        rf"|\bexit(?:ed)?(?: with)?(?: non-zero)? ?(?:code|status):? ?(?:{128 + number}|-{number})\b"
        rf"|(?:\[\d{{1,4}}\] {{1,8}}(?:[+-] {{1,4}})?\d{{1,9}} {{1,4}}|\bzsh: ){_ZSH[name]}(?: {{1,4}}\(core dumped\))?(?: {{1,20}}\S.{{0,300}})?$"
        rf"|\b0x(?i:{'|'.join(_WINDOWS[name])})\b|\b[Ee]xit(?:ed)?(?: with)?(?: non-zero)? ?(?:code|status):? {{0,4}}(?:{_decimal(name)})(?!\d)"
    )


_CRASHED = tuple((name, words, _pattern(name, number, words)) for name, number, words in _SIGNALS)


def is_fatal(dump: Dump, raised: Raised) -> bool:
    """True for a panic that the process does not survive."""
    return dump.signal is not None or raised.type != "panic"


def is_hang(piece: Piece) -> bool:
    """True for stacks of a program that still ran when somebody looked."""
    return piece.dump.signal is None and piece.dump.exception is None


def signal_in(line: str) -> tuple[str, str] | None:
    """The signal that a line tells of, and its words; None for any other line."""
    return next(((name, words) for name, words, pattern in _CRASHED if pattern.search(line)), None)


def words_of(signal: str) -> str:
    """A signal's name in words."""
    return next((words for name, _, words in _SIGNALS if name == signal), signal)


_ABORT = frozenset(("abort", "__GI_abort", "__abort"))
_FATAL = re.compile(r"_?Py_FatalError\w{0,20}|fatal_error")
#: Frames from the leaf that an abort is among, and those that say why.
_LEAF, _WHY = 6, 14


def by_its_stack(shown: Sequence[Piece]) -> tuple[Kind, str, str, Signal | None] | None:
    """How it ended where a debugger's stack says so and no line does: in abort(), for CPython's own reasons or others'.

    None for the stack of a program that may run.
    """
    stacks = [stack for piece in shown if piece.reader in ("gdb", "lldb", "coredumpctl") for stack in piece.dump.stacks]
    for stack in stacks:
        if not any(frame.function in _ABORT for frame in stack.frames[:_LEAF]):
            continue
        fatal = [frame for frame in stack.frames[:_WHY] if _FATAL.fullmatch(frame.function)]
        said = max((_said(frame) for frame in fatal), key=len, default="")
        if fatal:
            return Kind.FATAL, said.partition(":")[0], said, Signal(6, "SIGABRT")
        return Kind.SIGNAL, "SIGABRT", words_of("SIGABRT"), Signal(6, "SIGABRT")
    return None


def _said(frame: Frame) -> str:
    """The function and the words that CPython's fatal error was called with, where the debugger shows them."""
    found = {each.name: each.value.partition('"')[2].rpartition('"')[0] for each in frame.variables}
    words = found.get("format") or found.get("msg") or ""
    return ": ".join(filter(None, (found.get("func") or found.get("prefix"), words)))
