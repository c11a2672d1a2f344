"""Which module's lock a thread waits for that imports one: by the frames of who imports it, and the line that asks."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pyo3ops.stacks.model import Language

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame, Frames
    from pyo3ops.stacks.verdicts.guards import Read
    from pyo3ops.stacks.verdicts.standing import Standing

#: Letters of a line that are looked at.
_WIDEST = 1000
_NAME = r"[A-Za-z_][\w.]{0,200}"
_RUST = re.compile(rf"\bimport(?:_bound)?\(\s{{0,20}}(?:[\w.()]{{1,80}},\s{{0,20}})?\"({_NAME})\"")
_PYTHON = re.compile(rf"(?:^|[;:])\s{{0,200}}(?:from|import)\s{{1,20}}({_NAME})|\bimport_module\(['\"]({_NAME})['\"]")
#: What runs a module's body, and what has the lock of one module meanwhile.
_BODY, _ONE = "_call_with_frames_removed", "_load_unlocked"


def waited_for(waiting: Standing, owner: Standing, read: Read) -> str | None:
    """The module that one thread waits for and the other one is importing; None where it may be one of several."""
    importing = _importing(owner.frames)
    asked = _asked(waiting.user, read) if waiting.user is not None else ()
    fitting = dict.fromkeys(name for name in asked if name.rpartition(".")[2] in importing)
    if len(fitting) == 1:
        return next(iter(fitting))
    loads = sum(_is_frozen(frame) and frame.function == _ONE for frame in owner.frames)
    # What is asked for may import the other one.
    return importing[0] if not fitting and loads == len(importing) == 1 else None


def is_importing(frames: Frames) -> bool:
    """True for a thread that may have a module's lock: a function of importlib is among its calls."""
    return any(frame.language is Language.PYTHON and _is_frozen(frame) for frame in frames)


def waits_for_a_module(frames: Frames) -> bool:
    """True where a thread waits for the lock of one module, which has no time limit."""
    first = next((frame for frame in frames if frame.language is Language.PYTHON), None)
    return first is not None and _is_frozen(first) and first.function in {"_ModuleLock.acquire", "acquire"}


def _importing(frames: Frames) -> tuple[str, ...]:
    """The modules whose bodies run, by the last parts of their names, the innermost first."""
    python = [frame for frame in frames if frame.language is Language.PYTHON]
    bodies = (
        frame
        for frame, below in zip(python, python[1:])
        if frame.function == "<module>" and _is_frozen(below) and below.function == _BODY
    )
    return tuple(filter(None, map(_module, bodies)))


def _module(body: Frame) -> str:
    path = PurePosixPath((body.file or "").replace("\\", "/"))
    return path.parent.name if path.stem == "__init__" else path.stem


def _is_frozen(frame: Frame) -> bool:
    return (frame.file or "").startswith("<frozen importlib") or "/importlib/" in (frame.file or "").replace("\\", "/")


def _asked(frame: Frame, read: Read) -> tuple[str, ...]:
    """The modules that a line imports, as it calls them."""
    lines = read(frame.file) if frame.file else None
    if lines is None or frame.line is None or not 0 < frame.line <= len(lines):
        return ()
    pattern = _PYTHON if frame.language is Language.PYTHON else _RUST
    found = pattern.finditer(lines[frame.line - 1][:_WIDEST])
    return tuple(next(filter(None, match.groups())) for match in found)
