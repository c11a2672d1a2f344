"""Which calls of a pasted stack the user wrote: told by paths and names, for there is no project to ask."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pyo3ops.stacks.folding import folded
from pyo3ops.stacks.layers import WRAPPER, Sources, layer_of
from pyo3ops.stacks.model import Frame, Language, Layer

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump, Frames

_NOTHING_KNOWN = Sources({})
#: Python's own library, what is installed, and what no file has: `<frozen runpy>`, `<string>`.
_INSTALLED = re.compile(
    r"[/\\](?:site|dist)-packages[/\\]|[/\\]lib(?:64)?[/\\]python\d(?:\.\d{1,2})?t?[/\\]|[/\\]python\d{2,3}\.zip[/\\]"
    r"|[/\\]Python\d{2,3}(?:-\d\d)?[/\\][Ll]ib[/\\]"
    r"|[/\\](?:Versions|pythons?)[/\\][\w.-]{1,60}[/\\][Ll]ib[/\\]|^<frozen "
)
#: Rust's library, whose paths gdb and panics write in three ways.
_LIBRARY = re.compile(r"(?:^|[/\\])library[/\\](?:std|core|alloc|test|proc_macro|panic_\w+)[/\\]")
_OF_STD = re.compile(
    r"^[<&*(\[]{0,8}(?:dyn |mut |const |impl )?(?:core|std|alloc|pyo3|pyo3_ffi|__rustc|rustc_demangle)(?:\[|::)"
)
#: Where only the last part of a path was printed (py-spy): files of Rust's library that threads wait in.
_STD_FILES = re.compile(
    r"^(?:mutex|futex|rwlock|condvar|once|once_lock|lazy_lock|reentrant_lock|poison|mpmc|mpsc|parker|park|thread|unix|panicking|panic"
    r"|unwind_safe|function|backtrace|option|result|cell|boxed|sync|slice|index|lifecycle|spawnhook|join_handle)\.rs$"
)
#: Names that any crate has without having written them.
_GENERATED = re.compile(
    r"^(?:__rust_\w+|rust_\w+|_?start|main|drop_in_place|catch_unwind|do_call|call_once|__pyo3_\w+|PyInit_\w+)(?:<|$)"
    r"|::__PYO3|_PYO3_DEF|::pyo3_"
)
_CLOSURE = re.compile(r"(?:::)?\{\{?closure(?:_env)?(?:#\d{1,6})?\}?\}")
_HASH = re.compile(r"::h[0-9a-f]{16}$|\[[0-9a-f]{6,16}\]|\.llvm\.\d{1,30}$")


def classified(dump: Dump) -> Dump:
    """The dump with the layers of all frames, and what no user asks for marked as glue."""
    stacks = tuple(replace(stack, frames=tuple(map(_with_layer, stack.frames))) for stack in dump.stacks)
    return folded(replace(dump, stacks=stacks))


def _with_layer(frame: Frame) -> Frame:
    if is_own(frame):
        return replace(frame, layer=Layer.PYTHON if frame.language is Language.PYTHON else Layer.CRATE)
    layer, crate = layer_of(frame, _NOTHING_KNOWN)
    if layer in (Layer.CRATE, Layer.UNCLASSIFIED):
        layer = _by_name(frame)
    return replace(frame, layer=layer, crate=crate or frame.crate)


def _by_name(frame: Frame) -> Layer:
    if WRAPPER.search(frame.function) or "pyo3::" in frame.function[:60]:
        return Layer.PYO3
    if _LIBRARY.search(frame.file or "") or _OF_STD.search(frame.function):
        return Layer.STD
    if frame.function.startswith(("_Py", "Py", "pymain_", "cfunction_", "method_vectorcall", "_TAIL_CALL_")):
        return Layer.CPYTHON
    return Layer.UNCLASSIFIED


def is_own(frame: Frame) -> bool:
    """True for what the user wrote in Python or in Rust; in doubt, not."""
    if frame.language is Language.PYTHON:
        return not _INSTALLED.search(frame.file or "") and not (frame.file or "").startswith("<frozen")
    if frame.language in (Language.C, Language.KERNEL) or frame.layer is Layer.PYO3 or not bare_name(frame.function):
        return False
    if _OF_STD.search(frame.function) or _STD_FILES.match(frame.file or ""):
        return False
    if _LIBRARY.search(frame.file or "") or WRAPPER.search(frame.function) or _GENERATED.search(frame.function):
        return False
    if frame.file:
        return frame.file.endswith(".rs") and _NOTHING_KNOWN.by_path(frame.file) is None
    # Without a file a path alone tells whose it is, and a bare name nothing.
    rust = "::" in frame.function and not frame.function.startswith("<")
    return rust and layer_of(frame, _NOTHING_KNOWN)[0] in (Layer.CRATE, Layer.UNCLASSIFIED)


def own(frames: Frames) -> tuple[Frame, ...]:
    """The user's own calls, leaf first; a closure is not told beside the function that it is in."""
    found = [frame for frame in frames if is_own(frame) and bare_name(frame.function)]
    after = [*found[1:], Frame("")]
    return tuple(
        frame
        for frame, caller in zip(found, after)
        if not (_CLOSURE.search(frame.function) and bare_name(frame.function) == bare_name(caller.function))
    )


@functools.lru_cache(maxsize=4096)
def bare_name(function: str) -> str:
    """A function's own name, without path, generics, closure and hash; empty for what has none."""
    name = _CLOSURE.sub("", _HASH.sub("", function[:2000]))
    name = _without_generics(name)
    if re.fullmatch(r"<\w{1,40}>", name):
        return name
    # Python writes `outer.<locals>.inner` and `Class.method`.
    return re.split(r"::|\.(?=\w+$)|<locals>\.", name.strip("<>: "))[-1].strip("<>: ")


def _without_generics(name: str) -> str:
    if name.startswith("<") and name.endswith(">") and "::" not in name and " " not in name:
        return name
    depth, kept = 0, []
    start = name.rfind(">::") + 3 if name.startswith("<") and ">::" in name else 0
    for character in name[start:]:
        depth += (character == "<") - (character == ">")
        if depth <= 0 and character not in "<>":
            kept.append(character)
    return "".join(kept)
