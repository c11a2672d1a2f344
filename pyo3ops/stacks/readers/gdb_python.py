"""What `py-bt` of gdb prints: the Python frames of a thread, leaf first.

Tools/gdb/libpython.py of CPython's sources.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pyo3ops.stacks.model import Confidence, Dump, Frame, Language, Stack, Thread
from pyo3ops.stacks.readers import text
from pyo3ops.stacks.readers.gdb_backtrace import THREAD, ident_of

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frames
    from pyo3ops.stacks.readers.text import Found, Lines

NAME = "gdb_python"

_HEAD = "Traceback (most recent call first):"
_FRAME = re.compile(r'  File "(?P<file>.{0,3900})", line (?P<line>\d{1,9}), in (?P<function>.{0,3900})$')
_BUILT_IN = re.compile(r"  <(?P<what>built-in method|method-wrapper) (?P<function>\S{1,300}) .{0,600}>$")


def begins(lines: Lines, at: int) -> bool:
    """True for the head of `py-bt`, and for that of a thread before it."""
    line = lines[at]
    if line == _HEAD:
        return True
    return line.startswith("Thread ") and lines[at + 1 : at + 2] == [_HEAD] and THREAD.match(line) is not None


def read(lines: Lines, at: int) -> Found:
    """The frames of `py-bt` of all threads that are printed one after the other."""
    stacks: list[Stack] = []
    end = index = at
    while index < len(lines) and begins(lines, index):
        head = THREAD.match(lines[index])
        thread = Thread(int(head["tid"]), head["name"], ident_of(head)) if head else Thread(current=True)
        frames, end = _frames(lines, index + (2 if head else 1))
        if frames:
            stacks.append(Stack(thread, frames, confidence=Confidence.ONE_SIDED))
        index = end + (lines[end : end + 1] == [""])
    dump = Dump(tuple(stacks), confidence=Confidence.ONE_SIDED, source=NAME)
    return end, dump if stacks else None


def _frames(lines: Lines, at: int) -> tuple[Frames, int]:
    """The frames, with calls of built-in functions between them, and the line after them."""
    frames: list[Frame] = []
    while at < len(lines):
        line = lines[at]
        python, built_in = _FRAME.match(line), _BUILT_IN.match(line)
        if python:
            frames.append(Frame(python["function"], Language.PYTHON, python["file"], int(python["line"])))
        elif built_in:
            frames.append(Frame(built_in["function"]))
        elif line.startswith("    ") and frames and frames[-1].source is None:
            frames[-1] = replace(frames[-1], source=line.strip())
        elif not line.startswith("  ("):
            break
        at += 1
    return tuple(frames[: text.FRAME_LIMIT]), at
