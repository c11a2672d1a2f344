"""pystack: joins both sides itself, and leaves out frames of the interpreter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyo3ops.core.run import Ended, run, which
from pyo3ops.stacks.model import Gil, Language
from pyo3ops.stacks.raw import NativeFrame, PythonFrame, Raw, RawThread
from pyo3ops.stacks.readers import pystack as reader
from pyo3ops.stacks.readers import text
from pyo3ops.stacks.sources import awake, fit
from pyo3ops.stacks.sources.protocol import Refused
from pyo3ops.tools import pystack

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump, Frame, Stack
    from pyo3ops.stacks.sources.protocol import Look, Target

NAME = "pystack"

#: Measured with 1.6 and 1.7: they are shown where there are line tables alone, and not where there is all of DWARF.
NOT_INLINED = "inlined Rust functions are not shown, and a line may be that of an inlined function"
LEFT_OUT = "pystack leaves out frames of the interpreter, and every function that has `vectorcall` in its name"


def look(target: Target, how: Look) -> tuple[Raw, ...] | Refused:
    """One `Raw` for each look that was asked for, its frames joined already."""
    program = which("pystack", how.env)
    if program is None:
        return Refused("missing", "pystack is not on PATH")
    return fit.one_by_one(how, lambda left: awake.looked(target.pid, lambda: _look(program, target, left)))


def _look(program: str, target: Target, how: Look) -> Raw | Refused:
    if target.core:
        argv = pystack.core_argv(program, target.core, target.executable, variables=how.variables)
    elif target.pid is not None:
        argv = pystack.remote_argv(program, target.pid, variables=how.variables)
    else:
        return Refused("unable", "neither a process nor a core was named")
    result = run(argv, timeout=how.timeout, env=how.env)
    if not result.ok:
        word = "timeout" if result.ended is Ended.TIMEOUT else pystack.refusal(result.err + result.out)
        return Refused(word, result.err.strip() or result.reason)
    raw = read(result.out)
    if raw is None:
        return Refused("broken", "pystack printed no thread")
    return raw if raw.process.pid else replace(raw, process=replace(raw.process, pid=target.pid))


def read(output: str) -> Raw | None:
    """What pystack printed; None where that is no thread."""
    lines = text.lines_of(output)
    start = next((at for at in range(len(lines)) if reader.begins(lines, at)), None)
    dump = None if start is None else reader.read(lines, start)[1]
    return _raw(dump) if dump and dump.stacks else None


def _raw(dump: Dump) -> Raw:
    # The GIL's holder was found, so that the others are known not to have it.
    held = any(stack.gil is Gil.HELD for stack in dump.stacks)
    frames = [frame for stack in dump.stacks for frame in stack.frames]
    rust = [frame for frame in frames if frame.language is Language.RUST]
    gaps = (LEFT_OUT,) if any(frame.inlined for frame in rust) or not rust else (NOT_INLINED, LEFT_OUT)
    threads = tuple(_thread(stack, held=held) for stack in dump.stacks)
    return Raw(dump.process, threads, NAME, signal=dump.signal, gaps=gaps)


def _thread(stack: Stack, *, held: bool) -> RawThread:
    python = any(frame.language is Language.PYTHON for frame in stack.frames)
    gil = Gil.FREE if held and python and stack.gil is Gil.UNKNOWN else stack.gil
    cut = stack.seams[0].reason if stack.seams else None
    joined = tuple(_call(frame) for frame in stack.frames)
    return RawThread(stack.thread, gil=gil, cut=cut, joined=joined)


def _call(frame: Frame) -> NativeFrame | PythonFrame:
    if frame.language is Language.PYTHON:
        return PythonFrame(frame.function, frame.file or "", frame.line, variables=frame.variables)
    return NativeFrame(
        frame.function or None, 0, frame.module, frame.file, frame.line, frame.inlined, frame.language, frame.symbol
    )
