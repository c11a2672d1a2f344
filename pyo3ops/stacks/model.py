"""One model of a stack for whatever read it: profilers, valgrind, debuggers, pasted text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Tuple


class Language(Enum):
    """What a frame's function is written in, as far as its name and its module tell."""

    PYTHON = "python"
    RUST = "rust"
    C = "c"
    KERNEL = "kernel"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Frame:
    """One call; what a source does not tell is None."""

    function: str
    language: Language = Language.UNKNOWN
    file: str | None = None
    line: int | None = None
    #: The file that the machine code was loaded from.
    module: str | None = None
    address: int | None = None
    build_id: str | None = None
    #: The compiler put it into the frame that comes after it, towards the root.
    inlined: bool = False


#: Frames from the leaf, where the time is spent or the block was allocated, to the root.
Stack = Tuple[Frame, ...]


@dataclass(frozen=True)
class Sample:
    """One stack as a profiler saw it; `count` times."""

    stack: Stack
    count: int = 1
    pid: int | None = None
    thread: int | None = None
