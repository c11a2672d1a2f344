"""Where the native side of a thread runs Python, what Python ran there, and which belongs to which.

The interpreter enters its evaluation loop once for a run of Python calls (a segment), which is one native frame (a
boundary). The root has both from the start and the leaf may be between two states, so pairs are counted from the root;
only where one of the two does not reach the root are they counted from the leaf.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Sequence, Tuple

if TYPE_CHECKING:
    from pyo3ops.stacks.raw import NativeFrame, PythonFrame

#: The evaluation loop, its parts and copies (`.cold`, `.constprop.0`, `.lto_priv.0`); no `_PyEval_EvalFrame`.
_LOOP = re.compile(r"_PyEval_EvalFrameDefault(?:\.[\w.]{1,64})?")
#: One instruction of the interpreter that is built of tail calls (3.14).
_INSTRUCTION = re.compile(r"_TAIL_CALL_\w{1,64}(?:\.[\w.]{1,64})?")
#: The program or the library of an interpreter; "python", "python3.13d", "libpython3.8.so.1.0", "python313.dll".
INTERPRETER = re.compile(
    r"(?:^|[/\\])(?:lib)?python(?:\d{1,2}(?:\.?\d{1,2})?[dmtu]{0,3})?(?:\.exe|\.dll|\.dylib|\.so[.\d]{0,12})?$"
    r"|Python\.framework[/\\].{0,200}[/\\]Python$"
)
#: What a thread begins with: where one of them is the last, the unwinding came to its end.
_ROOTS = frozenset(
    {
        "_start",
        "__libc_start_main",
        "__libc_start_main_impl",
        "__libc_start_call_main",
        "main",
        "clone",
        "clone3",
        "__clone3",
    }
    | {
        "start_thread",
        "__clone",
        "_pthread_start",
        "thread_start",
        "start",
        "BaseThreadInitThunk",
        "RtlUserThreadStart",
    }
)

Segment = Tuple["PythonFrame", ...]


@dataclass(frozen=True)
class Boundary:
    """One native frame of the evaluation loop: where it and its inlined copies stand, leaf first."""

    places: tuple[int, ...]


@dataclass(frozen=True)
class Pairs:
    """Which segment each boundary gets, both leaf first: `i` the segment `i` above the hole, `i + shift` below it."""

    boundaries: tuple[Boundary, ...]
    segments: tuple[Segment, ...]
    shift: int
    #: Why the two sides do not fit; None where they do.
    misfit: str | None = None
    #: The native frame above which the segments stand that have no boundary; 0 at the leaf.
    hole: int = 0

    @functools.cached_property
    def _split(self) -> int:
        return sum(boundary.places[-1] < self.hole for boundary in self.boundaries)

    def segment(self, boundary: int) -> Segment | None:
        """What ran in a boundary; None for one that has no counterpart."""
        index = boundary + (self.shift if boundary >= self._split else 0)
        return self.segments[index] if 0 <= index < len(self.segments) else None

    @property
    def above(self) -> tuple[PythonFrame, ...]:
        """Python calls without a boundary, at the leaf's end or where the hole is."""
        calls = self.segments[self._split : self._split + max(0, self.shift)]
        return tuple(frame for segment in calls for frame in segment)

    @property
    def below(self) -> tuple[PythonFrame, ...]:
        """Python calls without a boundary at the root's end."""
        return tuple(frame for segment in self.segments[len(self.boundaries) + self.shift :] for frame in segment)


def paired(
    native: Sequence[NativeFrame], python: Sequence[PythonFrame], cut: str | None, python_cut: str | None = None
) -> Pairs:
    """Boundaries and segments of one thread, both given leaf first; the cuts are why each side ended early."""
    boundaries, segments = boundaries_of(native), segments_of(python)
    if python_cut is not None:
        more = len(segments) - len(boundaries)
        return Pairs(boundaries, segments, 0, _missing(more, cut) if more > 0 else None)
    if len(segments) > len(boundaries) and all(frame.shim for frame in segments[-1]):
        # The sentinel below the first call (3.14), which no loop was entered for.
        segments = segments[:-1]
    missing = len(segments) - len(boundaries)
    whole = cut is None and reaches_root(native)
    if missing > 0:
        if not whole or not boundaries:
            # Without any boundary the loop has no name.
            return Pairs(boundaries, segments, 0, _missing(missing, cut))
        nameless = next((at for at, frame in enumerate(native) if _is_nameless(frame)), None)
        if nameless is not None:
            return Pairs(boundaries, segments, missing, _unnamed(missing), nameless)
        # One more at the leaf is a call that is being entered.
        return Pairs(boundaries, segments, missing, None if missing == 1 else _missing(missing, cut))
    if missing >= -1:
        return Pairs(boundaries, segments, missing)
    marked = any(frame.shim for frame in python)
    shift = 0 if marked and not python[-1].shim else missing
    return Pairs(boundaries, segments, shift, f"{-missing} evaluation frames have no Python call")


def _missing(count: int, cut: str | None) -> str:
    return f"native frames are missing: {_frames(count)} not among them" + (f" ({cut})" if cut else "")


def _unnamed(count: int) -> str:
    return f"native frames have no name: {_frames(count)} probably among them"


def _frames(count: int) -> str:
    return "1 evaluation frame is" if count == 1 else f"{count} evaluation frames are"


def reaches_root(native: Sequence[NativeFrame]) -> bool:
    """True where the oldest frame is what the system starts a program or a thread with."""
    return bool(native) and (native[-1].symbol or native[-1].function or "").partition("@")[0] in _ROOTS


def segments_of(python: Sequence[PythonFrame]) -> tuple[Segment, ...]:
    """Calls cut where the loop was entered: at each entry (to 3.11) or shim (3.12 on), whichever a source marks."""
    found: list[Segment] = []
    current: list[PythonFrame] = []
    for index, frame in enumerate(python):
        current.append(frame)
        older = python[index + 1] if index + 1 < len(python) else None
        # The shim closes a segment, not the call that it is for.
        if older is None or frame.shim or (frame.entry and not older.shim):
            found.append(tuple(current))
            current = []
    return tuple(found)


def boundaries_of(native: Sequence[NativeFrame]) -> tuple[Boundary, ...]:
    """The evaluation frames, leaf first: one for each physical frame, however many of it are inlined copies."""
    found: list[Boundary] = []
    start = 0
    instruction = False
    for index, frame in enumerate(native):
        if frame.inlined and index + 1 < len(native):
            continue
        inside = tuple(at for at in range(start, index + 1) if _evaluates(native[at]))
        if inside:
            # An instruction is a frame of its own above the loop that started it.
            if instruction and _is_loop(native[inside[0]]):
                inside = (*found.pop().places, *inside)
            found.append(Boundary(inside))
        instruction = bool(inside) and not _is_loop(native[inside[-1]])
        start = index + 1
    return tuple(found)


def _is_nameless(frame: NativeFrame) -> bool:
    """True for a frame of the interpreter that may be an evaluation loop as well as anything."""
    unnamed = frame.function is None and frame.symbol is None and not frame.inlined
    return unnamed and frame.module is not None and INTERPRETER.search(frame.module) is not None


def _is_loop(frame: NativeFrame) -> bool:
    return any(_LOOP.fullmatch(name) for name in (frame.function, frame.symbol) if name)


def _evaluates(frame: NativeFrame) -> bool:
    names = [name for name in (frame.function, frame.symbol) if name]
    if not any(_LOOP.fullmatch(name) or _INSTRUCTION.fullmatch(name) for name in names):
        return False
    return frame.module is not None and INTERPRETER.search(frame.module) is not None
