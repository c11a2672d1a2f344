"""One stop as a dump: the program's own calls, without those that stopped it, with their variables."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Sequence

from pyo3ops.stacks.model import Confidence, Dump, Frame, Gil, Language, Stack, Thread

if TYPE_CHECKING:
    from pyo3ops.debug.breakpoints.records import PythonCall, Stop
    from pyo3ops.stacks.model import Frames


def of_stop(dump: Dump, stop: Stop, bootstrap: str | None) -> Dump:
    """The dump of a stop: its own thread is the current one, alone where others are not what it is about."""
    stacks = [_own(stack, bootstrap) for stack in dump.stacks]
    current = [stack for stack in stacks if stack.thread.tid == stop.tid]
    others = [stack for stack in stacks if stack.thread.tid != stop.tid] if not stop.places else []
    named = [
        replace(
            stack,
            thread=replace(stack.thread, current=True, name=stop.thread or stack.thread.name),
            frames=_told(stack.frames, stop.calls),
            # It let go of the interpreter for the moment of the stop alone.
            gil=Gil.HELD if stop.kind == "python" else stack.gil,
        )
        for stack in current
    ]
    return replace(dump, stacks=(*named, *others))


def alone(stop: Stop) -> Dump:
    """The dump of a stop that the interpreter alone told: no native frame is known."""
    frames = tuple(
        Frame(each.function, Language.PYTHON, each.file, each.line, variables=each.variables) for each in stop.calls
    )
    thread = Thread(stop.tid, stop.thread, current=True)
    stack = Stack(thread, frames, Gil.HELD, Confidence.ONE_SIDED)
    return Dump((stack,), confidence=Confidence.ONE_SIDED, source="the interpreter itself")


def _own(stack: Stack, bootstrap: str | None) -> Stack:
    """A stack that begins where the program was, and not in what looks after its breakpoints."""
    if bootstrap is None:
        return stack
    last = max((at for at, frame in enumerate(stack.frames) if _is(frame, bootstrap)), default=None)
    if last is None:
        return stack
    # Between the two are the frames of the interpreter that called it.
    start = next(
        (at for at in range(last + 1, len(stack.frames)) if stack.frames[at].language is Language.PYTHON),
        len(stack.frames),
    )
    seams = tuple(replace(each, at=max(0, each.at - start)) for each in stack.seams if each.at >= start)
    return replace(stack, frames=stack.frames[start:], seams=seams)


def _is(frame: Frame, file: str) -> bool:
    # Its neighbours belong to it.
    return frame.language is Language.PYTHON and os.path.dirname(frame.file or "") == os.path.dirname(file)  # noqa: PTH120


def _told(frames: Frames, calls: Sequence[PythonCall]) -> Frames:
    """Frames with the variables of the interpreter's own calls, which come in the same order."""
    left = list(calls)
    found = []
    for frame in frames:
        fits = left and frame.language is Language.PYTHON and _same(frame, left[0])
        found.append(replace(frame, variables=left.pop(0).variables) if fits else frame)
    return tuple(found)


def _same(frame: Frame, call: PythonCall) -> bool:
    return frame.line == call.line and os.path.basename(frame.file or "") == os.path.basename(call.file)  # noqa: PTH119
