"""A `Dump` as a person reads it: the frames of the user with their source, the others folded, gaps said."""

from __future__ import annotations

import linecache
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Call, Fact, SourceLine, Trace
from pyo3ops.stacks.folding import TELLING
from pyo3ops.stacks.model import Confidence, Gil, Language, Layer

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump, Frame, Raised, Signal, Stack

#: Lines of source before and after the one that a call stands at.
AROUND = 2
#: Threads at the same place that are shown one by one.
_FEW = 3
#: Calls shown of one stack, half from each end.
MOST = 400
#: Bytes of a source file that is looked into.
_LARGEST = 4 * 2**20
#: The longest run of calls that is looked for as one repetition: a recursion through several functions.
_PERIOD = 12
_SOURCES = frozenset({".py", ".pyi", ".pyx", ".rs"})
_OWN = (Layer.PYTHON, Layer.CRATE)

_GIL = {
    Gil.HELD: "holds the interpreter",
    Gil.WAITED_FOR: "waits for the interpreter",
    Gil.FREE: "detached from the interpreter",
    Gil.NONE: "unknown to Python",
}
_ATTACHED = {**_GIL, Gil.HELD: "attached", Gil.WAITED_FOR: "waits to attach", Gil.FREE: "detached"}
_RELATION = {
    "cause": "the direct cause of the one above",
    "context": "the one above was raised while this one was handled",
    "panic": "the panic that the one above carries",
}


def traces(dump: Dump, *, all_frames: bool = False, sources: tuple[Path, ...] | None = None) -> tuple[Trace, ...]:
    """Every stack of a dump, the one that it is about first, and the exception with what it came from.

    `sources` are the folders below which files may be read for their lines; None allows any, as for a process of this
    machine. Text that was pasted names files that are none of its business.
    """
    look = _Look(all_frames, sources, dump)
    stacks = _alike([look.of_stack(each) for each in sorted(dump.stacks, key=_first)])
    return (*_raised(dump.exception, look), *stacks)


def _alike(traces_: list[Trace]) -> Iterator[Trace]:
    """The stacks, with those of threads that all do the same as one: a pool has hundreds."""
    groups: dict[tuple[object, ...], list[Trace]] = {}
    for trace in traces_:
        groups.setdefault((trace.note, *map(_key, trace.calls)), []).append(trace)
    for group in groups.values():
        if len(group) <= _FEW:
            yield from group
        else:
            names = ", ".join(each.title.replace("thread ", "", 1) for each in group[:_FEW])
            yield replace(group[0], title=f"{len(group)} threads: {names} and {len(group) - _FEW} more")


def _first(stack: Stack) -> tuple[bool, bool, bool]:
    return (not stack.thread.current, stack.gil is not Gil.HELD, stack.gil is Gil.NONE)


def _raised(raised: Raised | None, look: _Look) -> Iterator[Trace]:
    link = ""
    while raised is not None:
        title = f"{raised.type}: {raised.message}" if raised.message else raised.type
        note = "\n".join(filter(None, (_RELATION.get(link, ""), *raised.notes)))
        calls, hidden = look.calls(raised.frames, ())
        yield Trace(title, calls, note, hidden)
        for each in raised.group:
            yield from _raised(each, look)
        # What an exception says of its relation is said of the one that it came from.
        link, raised = raised.relation, raised.origin


def title_of(stack: Stack) -> str:
    """What a thread is called: its name, or its number."""
    thread = stack.thread
    named = f" ({thread.name})" if thread.name else ""
    return f"thread {thread.tid if thread.tid is not None else thread.ident or '?'}{named}"


def died_of(signal: Signal) -> str:
    """What ended a process, in one phrase: "SIGSEGV (address not mapped) at 0x0: a null pointer"."""
    reason = f" ({signal.code})" if signal.code else ""
    if signal.address is None:
        return f"{signal.name}{reason}"
    return f"{signal.name}{reason} at 0x{signal.address:x}{f': {signal.points_to}' if signal.points_to else ''}"


class _Look:
    """How the frames of one dump are shown."""

    def __init__(self, all_frames: bool, sources: tuple[Path, ...] | None, dump: Dump) -> None:  # noqa: FBT001
        self._all = all_frames
        self._sources = None if sources is None else tuple(each.resolve() for each in sources)
        self._words = _ATTACHED if dump.process.free_threaded else _GIL
        self._signal = dump.signal
        self._found: dict[str, Path | None] = {}

    def of_stack(self, stack: Stack) -> Trace:
        gaps = tuple((each.at, each.reason) for each in stack.seams)
        calls, hidden = self.calls(stack.frames, gaps)
        note = "; ".join(filter(None, (self._words.get(stack.gil, ""), _confidence(stack))))
        died = f", {died_of(self._signal)}" if self._signal and stack.thread.current else ""
        return Trace(f"{title_of(stack)}{died}", calls, note, hidden)

    def calls(self, frames: tuple[Frame, ...], gaps: tuple[tuple[int, str], ...]) -> tuple[tuple[Call, ...], int]:
        """The calls to show, and how many frames were left out."""
        found: list[Call] = []
        hidden = 0
        for number, frame in enumerate(frames):
            found.extend(_gap(reason) for at, reason in gaps if at == number)
            if frame.glue and not self._all:
                hidden += 1
            else:
                found.append(self._call(frame))
        found.extend(_gap(reason) for at, reason in gaps if at >= len(frames))
        return tuple(self._with_source(each) for each in _bounded(_repeated(found))), hidden

    def _call(self, frame: Frame) -> Call:
        return Call(
            function=_name(frame),
            language=frame.language.value,
            layer=frame.layer.value if frame.layer else "",
            path=frame.file,
            line=frame.line,
            inlined=frame.inlined,
            own=frame.layer in _OWN or (frame.layer is None and frame.language is Language.PYTHON),
            module=frame.module,
            address=frame.address,
            build_id=frame.build_id,
            source=(SourceLine(frame.line, frame.source, current=True),) if frame.source and frame.line else (),
            variables=tuple(Fact(each.name, each.value) for each in frame.variables),
        )

    def _with_source(self, call: Call) -> Call:
        if not call.own or call.path is None or not call.line or call.gap:
            return call
        if call.path not in self._found:
            self._found[call.path] = self._readable(call.path)
        path = self._found[call.path]
        return replace(call, source=_around(path, call.line) or call.source) if path else call

    def _readable(self, name: str) -> Path | None:
        """The file, where it is one of source that may be read."""
        if PurePath(name).suffix not in _SOURCES or "\0" in name:
            return None
        roots = (Path(),) if self._sources is None else self._sources
        return next((found for found in (_file(root, name) for root in roots) if found and self._allowed(found)), None)

    def _allowed(self, path: Path) -> bool:
        return self._sources is None or any(root in path.parents for root in self._sources)


def _name(frame: Frame) -> str:
    """What a call is called; of PyO3's ways in and out, the closure that they are given says nothing to anybody."""
    found = TELLING.search(frame.function) if frame.layer is Layer.PYO3 else None
    return f"Python::{found['way']}" if found else frame.function


def _file(root: Path, name: str) -> Path | None:
    try:
        path = (root / name).resolve()
        return path if path.is_file() and path.stat().st_size <= _LARGEST else None
    except (OSError, RuntimeError, ValueError):
        # Also a name that this system's encoding of file names does not have.
        return None


def _confidence(stack: Stack) -> str:
    if stack.confidence is Confidence.PARTIAL:
        return "partial: frames are missing"
    # Nothing is missing of a thread that never ran Python.
    one_sided = stack.confidence is Confidence.ONE_SIDED and stack.gil is not Gil.NONE
    return "one side of the boundary alone" if one_sided else ""


def _gap(reason: str) -> Call:
    return Call("", gap=reason)


def _key(call: Call) -> tuple[object, ...]:
    return (call.function, call.path, call.line, call.module, call.gap)


def _repeated(calls: list[Call]) -> list[Call]:
    """The calls with each run that repeats itself more than twice shown once, as Python's own tracebacks do."""
    found: list[Call] = []
    place = 0
    known: dict[tuple[object, ...], int] = {}
    keys = [known.setdefault(_key(each), len(known)) for each in calls]
    while place < len(calls):
        period, times = _run(keys, place)
        found.extend(calls[place : place + period])
        if times > 2:  # noqa: PLR2004 - twice is as short as saying so
            what = "the call above" if period == 1 else f"the {period} calls above"
            found.append(_gap(f"{what}, {times - 1:,} more times"))
            place += period * times
        else:
            place += period
    return found


def _run(keys: list[int], place: int) -> tuple[int, int]:
    """The shortest period that repeats from here, and how often; (1, 1) where nothing does."""
    for period in range(1, min(_PERIOD, len(keys) - place - 1) + 1):
        if keys[place] != keys[place + period]:
            continue
        times = 1
        while keys[place : place + period] == keys[place + times * period : place + (times + 1) * period]:
            times += 1
        if times > 2 and len(keys) - place >= period:  # noqa: PLR2004
            return period, times
    return 1, 1


def _bounded(calls: list[Call]) -> list[Call]:
    if len(calls) <= MOST:
        return calls
    half = MOST // 2
    return [*calls[:half], _gap(f"{len(calls) - 2 * half:,} calls more (--dump FILE has them all)"), *calls[-half:]]


def _around(path: Path, number: int) -> tuple[SourceLine, ...]:
    """The line that is meant, with some around it."""
    lines = linecache.getlines(str(path))
    if not 0 < number <= len(lines):
        return ()
    first = max(1, number - AROUND)
    return tuple(
        SourceLine(each, lines[each - 1].rstrip("\n")[:500], current=each == number)
        for each in range(first, min(len(lines), number + AROUND) + 1)
    )
