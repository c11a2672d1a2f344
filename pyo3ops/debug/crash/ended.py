"""How a program ended, as single lines tell: signals, aborts, kills, and stacks of programs that did not end."""

# ruff: noqa: E501 - a pattern is read in one piece

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Pattern

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump, Raised
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
    r"|Memory cgroup out of memory|\b[Ss]ignal: 9\b|terminated by signal SIGKILL|\bsignal SIGKILL\b|\bSignals\.SIGKILL\b"
    r"|\b[Ee]xit(?:ed)?(?: with)?(?: non-zero)? ?(?:code|status):?\s{0,12}(?:137|-9)\b"
)
_SIGNALS = (
    ("SIGSEGV", 11, "Segmentation fault"),
    ("SIGILL", 4, "Illegal instruction"),
    ("SIGBUS", 7, "Bus error"),
    ("SIGFPE", 8, "Floating point exception"),
    ("SIGABRT", 6, "Aborted"),
)


def _pattern(name: str, number: int, words: str) -> Pattern[str]:
    """A shell's, a runner's, a parent process's and the kernel's line about a signal."""
    # The kernel's own line has no name of the signal.
    extra = {11: r"|\bsegfault at [0-9a-f]", 4: r"|\btrap invalid opcode\b"}.get(number, "")
    words = words.replace("Floating point", "Floating[ -]point")
    return re.compile(
        rf"(?:^|: line \d{{1,9}}: |: )\s{{0,8}}(?:\d{{1,9}} )?{words}(?: {{2,20}}\S.{{0,200}}|:? ?\d{{1,3}})?(?: \(core dumped\).{{0,200}})?$"
        rf"{extra}|\bsignal:? {number}\b|\b(?:signal|Signals\.) ?{name}\b|\({name}\)"
        rf"|\bexit(?:ed)?(?: with)?(?: non-zero)? ?(?:code|status):? ?(?:{128 + number}|-{number})\b"
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
