"""One stack of a crash from what several tools wrote of it: native frames here, tracebacks there.

A panic is told at its leaf, and so is a signal: what Python ran is counted from there. The evaluation loop's frames in
a Rust backtrace or in gdb's are where Python's calls belong, as in `stacks/pairing.py`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Iterator, NamedTuple, Sequence

from pyo3ops.debug.crash.qualified import qualified
from pyo3ops.stacks.closures import named
from pyo3ops.stacks.model import Confidence, Frame, Language, Seam, Stack, Thread
from pyo3ops.stacks.pairing import boundaries_of
from pyo3ops.stacks.raw import NativeFrame

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frames
    from pyo3ops.stacks.pairing import Boundary

#: What Python before 3.11 goes through from one of its functions to the next: each call has a loop of its own.
_CALLS_EACH = re.compile(r"_?PyFunction_Vectorcall|_PyEval_EvalCodeWithName|function_code_fastcall|call_function")
_LOOP = "_PyEval_EvalFrame"


class Woven(NamedTuple):
    """A joined stack: its frames, where some are missing and why, and how sure it is."""

    frames: Frames
    seams: tuple[Seam, ...]
    confidence: Confidence


def stack_of(native: Frames, tracebacks: Sequence[Frames], thread: Thread | None = None) -> Stack | None:
    """One stack of native frames and of Python's; a traceback is what one entry into the interpreter ran.

    Tracebacks come innermost first. None where there are neither.
    """
    if not native and not any(tracebacks):
        return None
    woven = _woven(native, [each for each in tracebacks if each])
    return Stack(
        replace(thread or Thread(), current=True),
        named(qualified(woven.frames)),
        confidence=woven.confidence,
        seams=woven.seams,
    )


def _woven(native: Frames, tracebacks: Sequence[Frames]) -> Woven:
    python = [frame for part in tracebacks for frame in part]
    boundaries = boundaries_of([_raw(frame) for frame in native])
    if not python or not boundaries:
        # One side, or a panic whose place is all that is known of it: it is in what Python called last.
        evaluates = bool(boundaries)
        seams = (
            (Seam(len(native), "Rust's functions before Python's were not printed"),)
            if _only_a_place(native) and python
            else ()
        )
        return Woven((*native, *python), seams, Confidence.ONE_SIDED if evaluates or python else Confidence.FULL)
    segments, sure = _segments(tracebacks, native, boundaries)
    frames = tuple(_replaced(native, boundaries, segments))
    used = segments[len(boundaries) :]
    left = tuple(frame for part in used for frame in part)
    if left:
        return Woven((*frames, *left), (Seam(len(frames), "native frames are missing"),), Confidence.PARTIAL)
    if not sure:
        return Woven(frames, (), Confidence.PARTIAL)
    return Woven(frames, (), Confidence.FULL if len(segments) == len(boundaries) else Confidence.PARTIAL)


def _only_a_place(native: Frames) -> bool:
    return len(native) == 1 and not native[0].function


def _segments(
    tracebacks: Sequence[Frames], native: Frames, boundaries: Sequence[Boundary]
) -> tuple[list[Frames], bool]:
    """What each boundary ran, innermost first, and whether that is certain."""
    python = [frame for part in tracebacks for frame in part]
    count = len(boundaries)
    if len(python) == count or (len(python) < count and _each_call(native, boundaries)):
        return [(frame,) for frame in python], True
    if len(tracebacks) == count or (len(tracebacks) > 1 and len(tracebacks) < count):
        return list(tracebacks), len(tracebacks) == count
    if len(tracebacks) == 1 and count == 1:
        return [tuple(python)], True
    if len(tracebacks) == 1 and len(python) > count:
        # Which of them share an entry is not told; most often it is the oldest, a module's and its main function's.
        return [*((frame,) for frame in python[: count - 1]), tuple(python[count - 1 :])], False
    if len(tracebacks) > count:
        return list(tracebacks), False
    return [tuple(python)] if len(tracebacks) == 1 else list(tracebacks), False


def _each_call(native: Frames, boundaries: Sequence[Boundary]) -> bool:
    """True where the interpreter enters its loop for each call of Python's: before 3.11."""
    starts = [each.places[-1] for each in boundaries]
    between = (frame for frame in native[starts[0] : starts[-1] + 12])
    return any(_CALLS_EACH.match(frame.function) for frame in between)


def _replaced(native: Frames, boundaries: Sequence[Boundary], segments: Sequence[Frames]) -> Iterator[Frame]:
    calls: dict[int, Frames] = {}
    for boundary, segment in zip(boundaries, segments):
        calls.update(dict.fromkeys(boundary.places, ()))
        calls[boundary.places[0]] = segment
    for at, frame in enumerate(native):
        yield from calls.get(at, (frame,))


def _raw(frame: Frame) -> NativeFrame:
    """The frame as pairing takes it; backtraces name no module, and only the interpreter has such a function."""
    module = (
        "python3"
        if frame.function.startswith((_LOOP, "_TAIL_CALL_")) and frame.language is not Language.RUST
        else frame.module
    )
    return NativeFrame(
        frame.function, frame.address or 0, module, frame.file, frame.line, frame.inlined, frame.language
    )
