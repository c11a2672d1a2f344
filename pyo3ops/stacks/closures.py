"""Closures by the functions that they stand in, where the debug information is line tables alone.

There a closure is `{closure#0}` and no more; but what calls it is generic, and its type parameters name the closure's
type with its path: `detach<usize, crate::work::{closure_env#0}>`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pyo3ops.stacks.model import Language

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame, Frames

_BARE = re.compile(r"\{closure#(?P<number>\d{1,6})\}(?P<generics><.*>)?", re.DOTALL)
#: Callers that are looked at: one of Rust's library may have a symbol without its parameters.
_CALLERS = 3
_LIBRARY = re.compile(r"(?:std|core|alloc)::")
#: Characters of a path that are looked at, from its end.
_LONGEST = 1000
_PATH = re.compile(r"[\w{}#:]*")


def named(frames: Frames) -> Frames:
    """The stack with each bare closure named whole, where its caller says in which function it stands."""
    return tuple(_named(frame, frames[at + 1 : at + 1 + _CALLERS]) for at, frame in enumerate(frames))


def _named(frame: Frame, callers: Frames) -> Frame:
    if frame.language is not Language.RUST or not frame.function.startswith("{closure#"):
        return frame
    bare = _BARE.fullmatch(frame.function)
    if bare is None:
        return frame
    for caller in callers:
        paths = _paths(caller.function, bare["number"], bare["generics"] or "")
        if paths:
            return replace(frame, function=f"{paths.pop()}::{frame.function}") if len(paths) == 1 else frame
        if not _LIBRARY.match(caller.function):
            break
    return frame


def _paths(text: str, number: str, generics: str) -> set[str]:
    """The functions whose closure of that number and with these parameters is part of a type in a name."""
    kind = re.compile(rf"::\{{closure_env#{number}\}}")
    return {_path_before(text, match.start()) for match in kind.finditer(text) if _same(text, match.end(), generics)}


def _path_before(text: str, end: int) -> str:
    backwards = text[max(0, end - _LONGEST) : end][::-1]
    match = _PATH.match(backwards)
    return match[0][::-1] if match else ""


def _same(text: str, end: int, generics: str) -> bool:
    """True where the type that ends there has the closure's own parameters, or none as it has none."""
    return text.startswith(generics, end) if generics else text[end : end + 1] != "<"
