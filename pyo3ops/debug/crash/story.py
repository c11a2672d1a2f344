"""One crash as the pasted text tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from pyo3ops.stacks.model import Dump

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frames


class Kind(Enum):
    """How it ended."""

    PANIC = "panic"
    EXCEPTION = "exception"
    SIGNAL = "signal"
    #: CPython gave up: "Fatal Python error".
    FATAL = "fatal"
    #: The allocator or the C library gave up.
    ABORT = "abort"
    #: Stacks of a program that did not end.
    HANG = "hang"
    KILLED = "killed"
    IMPORT = "import"
    WARNING = "warning"


@dataclass(frozen=True)
class Panic:
    """One panic as it was printed; lines are those of the pasted text, 0 for none."""

    message: str
    place: str
    thread: str
    line: int
    #: Of the traceback whose PanicException it is.
    traceback: int = 0
    #: Of the panic that this one prints once more.
    repeats: int = 0


@dataclass(frozen=True)
class Resumed:
    """PyO3 lets a panic go on that came back from Python; lines as above."""

    line: int
    traceback: int
    #: Of the panic that goes on; 0 where the text does not have it.
    panic: int = 0


@dataclass(frozen=True)
class Story:
    """One crash with everything that was printed of it."""

    kind: Kind
    #: Of the exception; "panic", the signal's name, or what CPython's fatal error begins with.
    type: str
    #: Of the root: the panic's own words.
    message: str
    #: Where it went wrong, as printed, with its line.
    place: str = ""
    thread: str = ""
    #: One stack, leaf first, where the text has frames; the exceptions with theirs.
    dump: Dump = field(default_factory=Dump)
    panics: tuple[Panic, ...] = ()
    resumed: tuple[Resumed, ...] = ()
    #: First and last line, in the pasted text.
    lines: tuple[int, int] = (0, 0)
    #: What the programs wrote there and a little around: where causes are looked for.
    text: str = ""
    #: Somebody caught the exception and logged it.
    logged: bool = False
    #: Printed that often.
    times: int = 1

    @property
    def frames(self) -> Frames:
        """The joined stack of the thread that crashed, leaf first."""
        stacks = self.dump.stacks
        return next((stack.frames for stack in stacks if stack.thread.current), stacks[0].frames if stacks else ())
