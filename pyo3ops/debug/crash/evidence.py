"""What the pieces of one crash say together: which panic the rest follows from, its one stack, its exceptions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyo3ops.debug.crash import merging
from pyo3ops.debug.crash.group import chain as links
from pyo3ops.stacks.model import Language, Raised, Thread

if TYPE_CHECKING:
    from pyo3ops.debug.crash.group import Group
    from pyo3ops.stacks.model import Frames, Stack

#: Readers of stacks with native frames.
_NATIVE = frozenset(("gdb", "lldb", "pystack", "apple_report", "coredumpctl", "rust_backtrace"))


def root_of(group: Group) -> Raised | None:
    """What all the rest follows from: the first panic, else the first exception."""
    if group.panics:
        return group.panics[0].dump.exception
    piece = group.resumed[0] if group.resumed else group.traceback
    raised = piece.dump.exception if piece else None
    while raised is not None and raised.origin is not None:
        raised = raised.origin
    return raised


def thrown(group: Group) -> Raised | None:
    """The panic that Python was told of: the first of the thread that panicked last."""
    own = [each.dump.exception for each in group.panics if each.dump.exception]
    return next((each for each in own if _is_thrown(group, each)), None)


def carrier(group: Group) -> str:
    """The type that the panic had in Python."""
    for piece in (*group.resumed, group.traceback):
        raised = piece.dump.exception if piece else None
        while raised is not None:
            if raised.type.endswith("PanicException"):
                return raised.type
            raised = next((each for each in raised.group if each.type.endswith("PanicException")), raised.origin)
    return ""


def _native(group: Group) -> tuple[Frames, Thread | None]:
    """The native frames nearest to the root of the story, and their thread."""
    debugger = [piece for piece in group.shown if piece.reader in _NATIVE and piece.dump.stacks]
    for piece in group.panics:
        raised = piece.dump.exception
        if raised is not None and len(raised.frames) > 1 and _is_thrown(group, raised):
            return raised.frames, raised.thread
    for piece in debugger:
        stack = next((each for each in piece.dump.stacks if each.thread.current), piece.dump.stacks[0])
        return stack.frames, stack.thread
    first = thrown(group)
    return (first.frames, first.thread) if first else ((), None)


def _is_thrown(group: Group, raised: Raised) -> bool:
    """True but for the panic that poisoned a lock of another thread."""
    last = group.panics[-1].dump.exception
    return last is None or last.thread is None or raised.thread is None or raised.thread == last.thread


def _python(group: Group) -> list[Frames]:
    """Python's calls, innermost first: one part for each traceback that was printed on the way out."""
    parts = [piece.dump.exception.frames for piece in group.resumed if piece.dump.exception]
    raised = group.traceback.dump.exception if group.traceback else None
    if raised is not None:
        parts.append(_whole(raised))
    for piece in group.again:
        if piece.dump.exception:
            parts[-1] = _longer(parts[-1] if parts else (), _whole(piece.dump.exception))
    if not parts and group.fault:
        stacks = group.fault.dump.stacks
        current = next((each for each in stacks if each.thread.current), stacks[0] if stacks else None)
        frames = tuple(frame for frame in current.frames if frame.language is Language.PYTHON) if current else ()
        parts = [frames] if frames else []
    if not parts:
        shown = next((piece for piece in group.shown if piece.reader == "gdb_python"), None)
        parts = [shown.dump.stacks[0].frames] if shown and group.shown[0] is not shown else []
    return parts


def _whole(raised: Raised) -> Frames:
    """The calls of the root of a chain, and on from where those of its followers join them."""
    chain = [raised]
    while chain[-1].origin is not None:
        chain.append(chain[-1].origin)
    root = chain[-1]
    # Of a group it is the one that carries a panic that the story is about.
    carrier = next((each for each in root.group if any(_is_carrier(link) for link in links(each))), None)
    frames = _longer(_whole(carrier), root.frames) if carrier else root.frames
    for follower in reversed(chain[:-1]):
        frames = _longer(frames, follower.frames)
    return frames


def _is_carrier(raised: Raised) -> bool:
    return raised.type.endswith("PanicException")


def _longer(inner: Frames, outer: Frames) -> Frames:
    """The inner calls, then those of `outer` that come before the one that both have."""
    if not inner or not outer:
        return inner or outer
    oldest = inner[-1]
    for index, frame in enumerate(outer):
        if (frame.function, frame.file) == (oldest.function, oldest.file):
            return (*inner, *outer[index + 1 :])
    return (*inner, *(frame for frame in outer if frame not in inner))


def own_stack(group: Group, root: Raised | None) -> Stack | None:
    """The one stack of the thread that crashed; None where the text has no calls of it."""
    native, thread = _native(group)
    python = _python(group)
    if not native and not python:
        return None
    return merging.stack_of(native, python, thread or (root.thread if root else None))


def stacks_of(group: Group, own: Stack | None) -> tuple[Stack, ...]:
    """The stack of the thread that crashed, and those of all other threads that the text has."""
    others = [stack for piece in (group.fault, *group.shown) if piece for stack in piece.dump.stacks]
    if own is None:
        return tuple(others)
    main = [stack for stack in others if not stack.thread.current]
    return (own, *(main if len(main) < len(others) else others[1:]))


def exception_of(group: Group, root: Raised | None) -> Raised | None:
    """The exception with what it came from; a panic is the origin of the PanicException that carries it."""
    raised = group.traceback.dump.exception if group.traceback else None
    raised = raised or (group.resumed[-1].dump.exception if group.resumed else None)
    if raised is None:
        return root
    told = thrown(group)
    if told is None:
        return raised
    return _carrying(raised, replace(told, relation="context", origin=root) if root is not told else told)


def _carrying(raised: Raised, panic: Raised) -> Raised:
    if _is_carrier(raised):
        return replace(raised, relation="panic", origin=panic)
    carrier = next((each for each in raised.group if any(_is_carrier(link) for link in links(each))), None)
    if carrier is not None:
        inner = tuple(_carrying(each, panic) if each is carrier else each for each in raised.group)
        return replace(raised, group=inner)
    return replace(raised, origin=_carrying(raised.origin, panic)) if raised.origin else raised
