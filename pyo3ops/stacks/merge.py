"""Native and Python frames of each thread joined into one stack: a pure function of what a source read.

No frame is lost and none is told twice: where the two sides do not fit, what has no counterpart stands behind a seam
that says why.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Iterator, Mapping

from pyo3ops.stacks.closures import named
from pyo3ops.stacks.demangle import demangled
from pyo3ops.stacks.model import Confidence, Dump, Frame, Gil, Language, Seam, Stack
from pyo3ops.stacks.pairing import boundaries_of, paired
from pyo3ops.stacks.raw import NativeFrame, PythonFrame

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyo3ops.stacks.model import Frames
    from pyo3ops.stacks.pairing import Pairs
    from pyo3ops.stacks.raw import Raw, RawThread

#: From all of the truth to the least of it.
_ORDER = (Confidence.FULL, Confidence.PARTIAL, Confidence.ONE_SIDED)

_ENDINGS = {
    "rs": Language.RUST,
    "c": Language.C,
    "h": Language.C,
    "cc": Language.C,
    "cpp": Language.C,
    "hpp": Language.C,
}
#: A name that Rust alone makes: v0, or the older mangling with its hash.
_RUST = re.compile(r"_R[A-Z]|_ZN.{1,16000}17h[0-9a-f]{16}E", re.DOTALL)

BuildIds = Mapping[str, str]


def merged(raw: Raw) -> Dump:
    """One stack for each thread, in time that grows with the frames; the dump is as sure as its least sure stack."""
    build_ids = {module.path: module.build_id for module in raw.modules if module.build_id}
    stacks = tuple(_stack(thread, build_ids) for thread in raw.threads)
    return Dump(
        stacks,
        raw.process,
        signal=raw.signal,
        confidence=max((stack.confidence for stack in stacks), key=_ORDER.index, default=Confidence.ONE_SIDED),
        source=raw.source,
        modules=raw.modules,
        registers=raw.registers,
        gaps=raw.gaps,
    )


def _stack(thread: RawThread, build_ids: BuildIds) -> Stack:
    if thread.joined:
        frames, seams, confidence = _as_joined(thread, build_ids)
    elif thread.python and thread.native:
        frames, seams, confidence = _joined(thread, thread.python, build_ids)
    else:
        frames, seams, confidence = _alone(thread, build_ids)
    return Stack(thread.thread, named(frames), thread.gil, confidence, seams, thread.waits_at, thread.asleep)


def _as_joined(thread: RawThread, build_ids: BuildIds) -> tuple[Frames, tuple[Seam, ...], Confidence]:
    frames = tuple(_frames(thread.joined, build_ids))
    seams = _endings(frames, thread)
    languages = {frame.language is Language.PYTHON for frame in frames}
    one_sided = languages == {True}
    return frames, seams, Confidence.ONE_SIDED if one_sided else Confidence.PARTIAL if seams else Confidence.FULL


def _alone(thread: RawThread, build_ids: BuildIds) -> tuple[Frames, tuple[Seam, ...], Confidence]:
    """One side, or none: whole where the interpreter does not know the thread, or knows that it runs no Python."""
    native, python = thread.native, thread.python or ()
    frames = (*_frames(native, build_ids), *_frames(python, build_ids))
    seams = _endings(frames, thread)
    evaluates = bool(boundaries_of(native))
    known = thread.python is not None or thread.gil is Gil.NONE
    if not native or evaluates or not known:
        return frames, seams, Confidence.ONE_SIDED
    return frames, seams, Confidence.PARTIAL if seams else Confidence.FULL


def _joined(
    thread: RawThread, python: Sequence[PythonFrame], build_ids: BuildIds
) -> tuple[Frames, tuple[Seam, ...], Confidence]:
    pairs = paired(thread.native, python, thread.cut, thread.python_cut)
    woven = tuple(_woven(thread.native, pairs))
    before, after = ([call for part in parts for call in part] for parts in (woven[: pairs.hole], woven[pairs.hole :]))
    head = tuple(_frames((*before, *pairs.above), build_ids))
    middle, below = (tuple(_frames(part, build_ids)) for part in (after, pairs.below))
    frames = (*head, *middle, *below)
    seams = _ending(frames, thread.cut) if pairs.misfit is None else ()
    if thread.python_cut is not None:
        seams = (Seam(_last_python(frames), thread.python_cut), *seams)
    if pairs.misfit is not None:
        # Behind the last native frame, unless it is at the leaf or in between that the two do not fit.
        seams = (Seam(len(head) if pairs.shift else len(head) + len(middle), pairs.misfit), *seams)
    ordered = tuple(sorted(seams, key=lambda seam: seam.at))
    return frames, ordered, Confidence.PARTIAL if seams else Confidence.FULL


def _last_python(frames: Frames) -> int:
    """Behind the oldest Python call."""
    return max((at for at, frame in enumerate(frames, 1) if frame.language is Language.PYTHON), default=0)


def _endings(frames: Frames, thread: RawThread) -> tuple[Seam, ...]:
    python = (Seam(_last_python(frames), thread.python_cut),) if thread.python_cut is not None else ()
    return (*python, *_ending(frames, thread.cut))


def _ending(frames: Frames, cut: str | None) -> tuple[Seam, ...]:
    return (Seam(len(frames), f"native frames are missing: {cut}"),) if cut else ()


def _woven(native: Sequence[NativeFrame], pairs: Pairs) -> Iterator[Sequence[NativeFrame | PythonFrame]]:
    """For each native frame itself, or where it is a boundary the Python calls that it ran."""
    calls: dict[int, Sequence[PythonFrame]] = {}
    for index, boundary in enumerate(pairs.boundaries):
        segment = pairs.segment(index)
        if segment is not None:
            calls.update(dict.fromkeys(boundary.places, ()))
            calls[boundary.places[0]] = segment
    for at, frame in enumerate(native):
        yield calls.get(at, (frame,))


def _frames(calls: Iterable[NativeFrame | PythonFrame], build_ids: BuildIds) -> Iterator[Frame]:
    for call in calls:
        if isinstance(call, NativeFrame):
            yield _native(call, build_ids)
        elif not call.shim:
            yield Frame(call.function, Language.PYTHON, call.file, call.line, variables=call.variables)


def _native(call: NativeFrame, build_ids: BuildIds) -> Frame:
    symbol = call.symbol or call.function
    name = demangled(call.function) if call.function else f"0x{call.address:x}"
    return Frame(
        name,
        _language(call),
        call.file,
        call.line,
        call.module,
        call.address,
        build_ids.get(call.module or ""),
        call.inlined,
        symbol=symbol if symbol != name else None,
        variables=call.variables,
    )


def _language(call: NativeFrame) -> Language:
    """What the debug information says, else what the file's ending or the mangling does."""
    if call.language is not Language.UNKNOWN:
        return call.language
    if call.file:
        ending = call.file.rpartition(".")[2].lower()
        return _ENDINGS.get(ending, Language.UNKNOWN)
    mangled = _RUST.match(call.symbol or call.function or "")
    return Language.RUST if mangled else Language.UNKNOWN
