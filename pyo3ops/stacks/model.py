"""One model of a stack for whatever read it: debuggers, cores, pasted text, profilers, valgrind.

Frames run from the leaf, which was called last, to the root.
"""

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


class Layer(Enum):
    """Whose code a frame is, told by its file, its module or its crate; never guessed."""

    PYTHON = "python"
    PYO3 = "pyo3"
    CRATE = "user crate"
    DEPENDENCY = "dependency crate"
    STD = "rust std"
    CPYTHON = "cpython"
    LIBC = "libc"
    KERNEL = "kernel"
    UNCLASSIFIED = "unclassified"


class Confidence(Enum):
    """How much of the truth is there, from all to least."""

    #: Both sides were read, and agree with each other.
    FULL = "full"
    #: Frames are missing at a seam, or one side does not fit the other.
    PARTIAL = "partial"
    #: One side alone: the source cannot see the other, or there is none.
    ONE_SIDED = "one-sided"


class Gil(Enum):
    """What a thread has to do with the interpreter; where there is no lock, HELD is attached and FREE detached."""

    HELD = "held"
    WAITED_FOR = "waited for"
    FREE = "free"
    #: The interpreter does not know the thread.
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Variable:
    """One local or argument as the debugger wrote it; `value` is cut short."""

    name: str
    value: str
    type: str | None = None
    argument: bool = False


@dataclass(frozen=True)
class Frame:
    """One call; what a source does not tell is None."""

    #: Demangled, without hashes; a Python frame has the qualified name where the interpreter knows one (3.11).
    function: str
    language: Language = Language.UNKNOWN
    file: str | None = None
    line: int | None = None
    #: The file that the machine code was loaded from.
    module: str | None = None
    #: Where it goes on in the process, or in the file for what profilers recorded.
    address: int | None = None
    #: Hexadecimal, of the module.
    build_id: str | None = None
    #: The compiler put it into the frame that comes after it, towards the root.
    inlined: bool = False
    layer: Layer | None = None
    #: The Rust crate, as cargo names it.
    crate: str | None = None
    #: The symbol as the file has it, where that is not `function`.
    symbol: str | None = None
    variables: tuple[Variable, ...] = ()
    #: The text of the line, where the source quoted it.
    source: str | None = None
    #: Interpreter, PyO3 or library frames that no user asks for: hidden without --all-frames.
    glue: bool = False


#: Frames from the leaf, where the time is spent or the block was allocated, to the root.
Frames = Tuple[Frame, ...]


@dataclass(frozen=True)
class Seam:
    """Frames are missing before `frames[at]`, counted from the leaf; `len(frames)` is beyond the root."""

    at: int
    reason: str


@dataclass(frozen=True)
class Thread:
    """One thread; `tid` is the kernel's number, `ident` what `threading.get_ident()` says."""

    tid: int | None = None
    name: str | None = None
    ident: int | None = None
    #: The one that was asked about, that crashed or that stopped at a breakpoint.
    current: bool = False


@dataclass(frozen=True)
class Stack:
    """The calls of one thread, leaf first."""

    thread: Thread
    frames: Frames
    gil: Gil = Gil.UNKNOWN
    confidence: Confidence = Confidence.FULL
    seams: tuple[Seam, ...] = ()
    #: Address and size of what the thread waits for in the kernel (a futex), where the source tells.
    waits_at: int | None = None
    #: False for a thread that ran, or was woken and not given a processor yet, right before it was looked at.
    asleep: bool | None = None


@dataclass(frozen=True)
class Module:
    """A file that machine code was loaded from; `base` is the address of its first byte."""

    path: str
    base: int | None = None
    build_id: str | None = None
    #: Where its symbols were found: the file itself, or a companion; None where there are none.
    symbols: str | None = None


@dataclass(frozen=True)
class Process:
    """The program that was looked at; what the source does not tell is None."""

    pid: int | None = None
    executable: str | None = None
    argv: tuple[str, ...] = ()
    #: "3.13.0"
    python: str | None = None
    #: Built without the lock (PEP 703).
    free_threaded: bool = False
    cwd: str | None = None


@dataclass(frozen=True)
class Signal:
    """What ended the process; `address` is the faulting one, `points_to` what lies there in words."""

    number: int
    name: str
    address: int | None = None
    points_to: str | None = None
    #: The reason in words, after si_code (siginfo.h): "address not mapped".
    code: str | None = None


@dataclass(frozen=True)
class Raised:
    """A Python exception or a Rust panic; `frames` leaf first, as everywhere."""

    #: "ValueError", "pyo3_runtime.PanicException", or "panic" for the message that Rust itself printed.
    type: str
    message: str
    frames: Frames = ()
    thread: Thread | None = None
    notes: tuple[str, ...] = ()
    #: "cause" (raise ... from), "context" (during handling), "panic" (what a PanicException carries), or empty.
    relation: str = ""
    #: What it was raised from, or while handling; the one that `relation` names.
    origin: Raised | None = None
    #: The exceptions of a group (PEP 654).
    group: tuple[Raised, ...] = ()


@dataclass(frozen=True)
class Register:
    """One register of the thread that died."""

    name: str
    value: int


@dataclass(frozen=True)
class Dump:
    """One look at a process: live, in a core, or as somebody pasted it."""

    stacks: tuple[Stack, ...] = ()
    process: Process = Process()
    exception: Raised | None = None
    signal: Signal | None = None
    confidence: Confidence = Confidence.FULL
    #: What read it: "gdb", "lldb", "pystack", "py-spy", or the reader of a text.
    source: str = ""
    modules: tuple[Module, ...] = ()
    registers: tuple[Register, ...] = ()
    #: What the source could not give, and why, in words.
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sample:
    """One stack as a profiler saw it; `count` times."""

    stack: Frames
    count: int = 1
    pid: int | None = None
    thread: int | None = None
