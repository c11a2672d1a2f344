"""A backtrace of a Rust panic whose first lines are missing: cut off, or elsewhere in the log.

What led to a panic is in it, and that it was one; what the panic said is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.stacks.model import Confidence, Dump, Stack, Thread
from pyo3ops.stacks.readers import rust_panic

if TYPE_CHECKING:
    from pyo3ops.stacks.readers.text import Found, Lines

NAME = "rust_backtrace"

#: Lines in which something of the panic's own has to be, and words that are in the names of that.
_NEAR = 24
_WORDS = ("panicking", "panic_", "rust_begin_unwind", "unwrap_failed", "expect_failed", "_short_backtrace")
#: Calls that it has at least.
_FEWEST = 3


def begins(lines: Lines, at: int) -> bool:
    """True for a numbered call near which a panic is told of."""
    line = lines[at]
    if ": " not in line[:16] or not rust_panic.is_frame(line):
        return False
    return any(word in each for each in lines[at : at + _NEAR] for word in _WORDS)


def read(lines: Lines, at: int) -> Found:
    """The calls behind the panic's own; nothing for a backtrace that is of no panic."""
    frames, end = rust_panic.frames_from(lines, at)
    frames = rust_panic.without_machinery(frames)
    if len(frames) < _FEWEST:
        return max(end, at + 1), None
    stack = Stack(Thread(current=True), frames, confidence=Confidence.ONE_SIDED)
    gap = "the begin of the backtrace is not there, and with it what the panic said"
    return max(end, at + 1), Dump((stack,), confidence=Confidence.ONE_SIDED, source=NAME, gaps=(gap,))
