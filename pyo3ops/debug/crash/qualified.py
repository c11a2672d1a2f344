"""Paths of Rust functions that a debugger names bare, in builds with line tables alone.

`debug core` names a function by its symbol, and what was inlined into it as the debug information does: bare. Here the
file tells the module of the first kind, and the path of a file in cargo's registry the crate. Whose crate the user's own
files are of is told by PyO3's frames, which have it among their generics.
"""

# ruff: noqa: E501 - a pattern is read in one piece

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pyo3ops.stacks.model import Frame, Language

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frames

_BARE = re.compile(r"(?P<name>[A-Za-z_]\w{0,200})(?:<.{0,3000}>)?$")
_CRATE = re.compile(
    r"(?:registry/src/[^/]{1,200}|git/checkouts/[^/]{1,200}/[0-9a-f]{6,40})/(?P<crate>[A-Za-z][\w-]{0,80}?)(?:-\d[^/]{0,60})?/src/(?P<path>.{1,400})\.rs$"
)
_LIBRARY = re.compile(r"(?:^|/)library/(?P<crate>std|core|alloc)/src/(?P<path>.{1,400})\.rs$")
_OWN = re.compile(r"(?P<root>(?:.{0,2000}/)?)src/(?P<path>[^/]{1,100}(?:/[^/]{1,100}){0,8})\.rs$")
#: What PyO3 makes of each function, in the generics of its frames: `ledger::accounts::{impl#1}::_PYO3_DEF::Def`.
_MADE = re.compile(
    r"(?<![\w:])(?P<module>[A-Za-z_]\w{0,80}(?:::[A-Za-z_]\w{0,80}){0,8})::(?:\{impl#\d{1,6}\}::)?_PYO3_DEF\b"
)
#: Files that are called after what they are, not after a module.
_ROOTS = frozenset(("lib", "main", "mod"))
#: Frames from a wrapper to the one that has its name in its generics.
_NEAR = 12


def qualified(frames: Frames) -> Frames:
    """The frames, leaf first, with the modules of functions that were not inlined, as far as files tell them."""
    if not any(frame.address is not None for frame in frames):
        # Nothing tells what was inlined.
        return frames
    crates = {match["module"].partition("::")[0] for frame in frames for match in _MADE.finditer(frame.function[:3000])}
    crate = crates.pop() if len(crates) == 1 else ""
    return tuple(_with_module(frame, frames[at + 1 : at + 1 + _NEAR], crate) for at, frame in enumerate(frames))


def _with_module(frame: Frame, callers: Frames, crate: str) -> Frame:
    match = (
        _BARE.match(frame.function) if frame.language is Language.RUST and frame.file and not frame.inlined else None
    )
    if match is None:
        return frame
    name = match["name"]
    module = _of_wrapper(callers) if name.startswith("__pyfunction_") else ""
    module = module or _of_file((frame.file or "").replace("\\", "/"), crate)
    return replace(frame, function=f"{module}::{name}") if module else frame


def _of_wrapper(callers: Frames) -> str:
    """The module of a function that PyO3 wraps: what calls the wrapper has it in its generics."""
    made = (_MADE.search(each.function[:3000]) for each in callers)
    return next((match["module"] for match in made if match), "")


def _of_file(file: str, crate: str) -> str:
    known = _CRATE.search(file) or _LIBRARY.search(file)
    if known:
        return _joined(known["crate"], known["path"])
    own = _OWN.match(file)
    if own is None or not crate:
        return ""
    # A workspace has other crates, whose folders are called after them.
    folder = own["root"].rstrip("/").rpartition("/")[2].replace("-", "_")
    return _joined(crate, own["path"]) if folder in ("", ".", crate) or folder.startswith("<folder") else ""


def _joined(crate: str, path: str) -> str:
    parts = path.split("/")
    return "::".join((crate.replace("-", "_"), *(parts[:-1] if parts[-1] in _ROOTS else parts)))
