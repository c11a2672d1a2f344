"""What memcheck found, as findings: which place, what of, and the way out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Finding, Fix, Location, Status
from pyo3ops.memory.attribution import shown, written_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.memory.attribution import Owner
    from pyo3ops.memory.loss_records import Cause
    from pyo3ops.stacks.model import Frame, Frames
    from pyo3ops.stacks.readers.valgrind import Record

#: Lines of one stack that are shown.
LINES = 25

#: What each kind of memcheck's records is, and the end of its finding's id.
_KINDS = {
    "InvalidRead": ("reads memory that is not its own", "invalid-read"),
    "InvalidWrite": ("writes memory that is not its own", "invalid-write"),
    "InvalidJump": ("jumps to where no code is", "invalid-jump"),
    "InvalidFree": ("frees what is not allocated", "invalid-free"),
    "MismatchedFree": ("frees with another allocator than it allocated with", "mismatched-free"),
    "UninitCondition": ("decides on memory that was never written", "uninitialised"),
    "UninitValue": ("uses memory that was never written", "uninitialised"),
    "SyscallParam": ("gives the system memory that was never written", "uninitialised"),
    "Overlap": ("copies between blocks that overlap", "overlap"),
    "FishyValue": ("asks for an impossible size", "size"),
}
#: Symbols of allocators that are linked into an extension.
_ALLOCATORS = {b"mi_malloc": "mimalloc", b"_rjem_malloc": "jemalloc", b"sn_rust_alloc": "snmalloc"}
_UNINITIALISED = frozenset({"UninitCondition", "UninitValue", "SyscallParam"})
#: How PyO3's macros call what they wrap.
_WRAPPER = re.compile(r"__py(?:function_(\w+)|method_(\w+?)__)$")
_PYTHON_ALLOCATES = re.compile(r"_?Py[A-Z]|_?PyObject_|unicode_|tuple_|list_|dict_|type_|long_")


def findings(identity: str, causes: Sequence[Cause], owner: Owner, *, name: str, record: str) -> Iterator[Finding]:
    """One finding a cause; `name` is the example's, `record` names the file that has the whole stacks."""
    for cause in causes:
        frame = written_at(cause.stack, owner)
        source = owner.source(frame) if frame else None
        words, kind = _KINDS.get(cause.record.kind, (f"does what memcheck calls {cause.record.kind}", "error"))
        where = f"{source}:{frame.line}" if frame and source and frame.line else name
        yield Finding(
            id=f"{identity}.leak" if cause.record.lost else f"{identity}.{kind}",
            title=f"{called(frame)} loses {_amount(cause)}" if cause.record.lost else f"{called(frame)} {words}",
            status=Status.FAIL,
            detail="allocated there, and nothing points to it any more" if cause.record.lost else cause.record.what,
            evidence=(*_evidence(cause, owner), f"The whole record: {record}"),
            fix=_fix(cause, name, where),
            where=Location(source, frame.line) if frame and source else None,
            link="https://valgrind.org/docs/manual/mc-manual.html#mc-manual.errormsgs",
        )


def elsewhere(identity: str, records: Sequence[Record], *, record: str) -> Iterator[Finding]:
    """The losses of Python's own objects, without a frame of the project's libraries, as one warning.

    What Python made and Rust was handed is lost so where Rust keeps a reference for ever.
    """
    if not records:
        return
    total, blocks = sum(each.bytes for each in records), sum(each.blocks for each in records)
    leaves = [next((called(frame) for frame in each.stack[1:] if frame.function), "?") for each in records]
    evidence = [f"{each.bytes:,} bytes in {each.blocks:,} blocks from {leaf}" for each, leaf in zip(records, leaves)]
    yield Finding(
        id=f"{identity}.elsewhere",
        title=f"{total:,} bytes in {blocks:,} blocks are lost that Python code asked for",
        status=Status.WARN,
        detail="nothing points to them any more: whoever was handed them may keep a reference for ever",
        evidence=(*evidence[:LINES], f"The whole record: {record}"),
        fix=Fix("look for `mem::forget`, `into_ptr` and `Py_INCREF` on arguments that Python hands over"),
    )


def allocators(identity: str, owner: Owner) -> Iterator[Finding]:
    """A warning where a library brings an allocator of its own, whose blocks valgrind does not see.

    Raises `OSError` where a library cannot be read.
    """
    for library in sorted(owner.libraries):
        data = Path(library).read_bytes()
        found = sorted(name for symbol, name in _ALLOCATORS.items() if symbol in data)
        if found:
            yield Finding(
                id=f"{identity}.allocator",
                title=f"{found[0]} hides what Rust allocates from valgrind",
                status=Status.WARN,
                detail=f"{library.rsplit('/', 1)[-1]} brings it along; only Python's own blocks are watched",
                fix=Fix("put `#[global_allocator]` behind a feature, and leave that out while memory is looked at"),
            )


def called(frame: Frame | None) -> str:
    """The name of a frame's function as its author wrote it."""
    if frame is None or not frame.function:
        return "an inlined function"
    path = re.sub(r"^<.*>::", "", frame.function)
    name = path.partition("<")[0].rsplit("::", 1)[-1]
    match = _WRAPPER.fullmatch(name)
    return (match[1] or match[2]) if match else name


def _amount(cause: Cause) -> str:
    return f"{cause.bytes:,} bytes in {cause.blocks:,} block{'s' * (cause.blocks != 1)}"


def _evidence(cause: Cause, owner: Owner) -> Iterator[str]:
    yield f"{cause.record.what}:"
    yield from _lines(cause.record.stack, owner)
    for text, stack in cause.record.notes:
        yield f"{text}:"
        yield from _lines(stack, owner)


def _lines(stack: Frames, owner: Owner) -> Iterator[str]:
    part = shown(stack, owner) or stack
    lines = [_line(frame, owner) for frame, after in zip(part, (*part[1:], None)) if _telling(frame, after)]
    yield from lines[:LINES]
    if len(lines) > LINES:
        yield f"    ... and {len(lines) - LINES} more"


def _telling(frame: Frame, after: Frame | None) -> bool:
    """False inside of the standard library: what is called there is told by the first function of it, the outermost."""
    return not _inner(frame) or (after is not None and not _inner(after) and bool(frame.function))


def _inner(frame: Frame) -> bool:
    return "/rustc/" in (frame.file or "") or "/vgpreload" in (frame.module or "")


def _line(frame: Frame, owner: Owner) -> str:
    place = owner.source(frame) or _short(frame.file) or (frame.module or "?").rsplit("/", 1)[-1]
    return f"    {frame.function or '(inlined)'} ({place}{f':{frame.line}' if frame.line else ''})"


def _short(file: str | None) -> str | None:
    """A path without what differs between machines: from the crate, or from `library/` of Rust's own sources."""
    if file is None:
        return None
    for marker in ("/registry/src/", "/rustc/"):
        _, found, rest = file.partition(marker)
        if found:
            return rest.partition("/")[2]
    return file.rsplit("/", 1)[-1]


def _fix(cause: Cause, name: str, where: str) -> Fix:
    if cause.record.kind in _UNINITIALISED:
        argv = ("pyo3ops", "valgrind", name, "--track-origins")
        return Fix(f"write what {where} reads, or see where it was allocated", argv, safe=True, mends=False)
    if not cause.record.lost:
        return Fix(
            f"let the pointer at {where} not outlive its block, nor leave it; run it under Miri to see which does"
        )
    leaf = next((frame for frame in cause.stack[1:] if frame.function), None)
    if leaf and _PYTHON_ALLOCATES.match(leaf.function):
        way = (
            "give the reference back: wrap the pointer again (`Bound::from_owned_ptr`), visit fields in `__traverse__`"
        )
    else:
        way = "free it: undo `into_raw` with `from_raw`, no `Box::leak` or `mem::forget`, a `Weak` where a cycle closes"
    return Fix(f"{way}, at {where}")
