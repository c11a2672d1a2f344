"""What a source read of a process before the two sides are joined: native frames here, Python frames there.

Every source gives this, and `merge.merged` makes a `Dump` of it: the join is in one place, and pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyo3ops.stacks.model import Gil, Language, Module, Process, Register, Signal, Thread, Variable


@dataclass(frozen=True)
class NativeFrame:
    """One native call, inlined ones on their own before the frame that they were put into (leaf first)."""

    #: As the debugger names it, or the symbol, mangled or not; None for an address that nothing names.
    function: str | None
    address: int
    #: Path of the file that the code was loaded from.
    module: str | None = None
    file: str | None = None
    line: int | None = None
    inlined: bool = False
    #: What the debug information says.
    language: Language = Language.UNKNOWN
    symbol: str | None = None
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True)
class PythonFrame:
    """One Python call as the interpreter's own chain has it (leaf first)."""

    function: str
    file: str
    line: int | None = None
    #: The evaluation loop was entered for it: the oldest of the calls that share one native frame.
    entry: bool = True
    #: CPython's own marker of such an entry (3.12 on: owner FRAME_OWNED_BY_CSTACK), which is no call.
    shim: bool = False
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True)
class RawThread:
    """Both sides of one thread; `python` is None where the interpreter does not know it, or could not be read."""

    thread: Thread
    native: tuple[NativeFrame, ...] = ()
    python: tuple[PythonFrame, ...] | None = None
    gil: Gil = Gil.UNKNOWN
    #: Why the unwinding ended before the root, as the debugger said it ("previous frame inner to this frame").
    cut: str | None = None
    waits_at: int | None = None
    #: False for a thread that ran, or was woken and not given a processor yet, right before it was stopped.
    asleep: bool | None = None
    #: The source joined the two already (pystack): `native` is empty and `python` too, `joined` has the order.
    joined: tuple[NativeFrame | PythonFrame, ...] = ()
    #: Why the chain of Python calls ended before its root, in words ("Python calls cannot be read any further: ...").
    python_cut: str | None = None


@dataclass(frozen=True)
class Raw:
    """One look, not joined yet."""

    process: Process
    threads: tuple[RawThread, ...]
    source: str
    modules: tuple[Module, ...] = ()
    signal: Signal | None = None
    registers: tuple[Register, ...] = ()
    #: What this source cannot give, in words.
    gaps: tuple[str, ...] = ()
    #: Seconds that the process stood still.
    stopped: float | None = None
