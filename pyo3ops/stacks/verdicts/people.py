"""Whose frames are the user's, and what a thread and a place are called in a sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyo3ops.stacks.layers import stem_of
from pyo3ops.stacks.model import Language, Layer
from pyo3ops.stacks.verdicts.waiting import last

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame, Frames, Process, Stack

#: What #[pyfunction] and #[pymethods] generate, and what `folding` makes of its name.
_WRAPPER = re.compile(r"(?:.{0,200}::)?__py(?:function|method)_(?P<name>\w{1,200}?)(?:__)?")
_WRAPPED = re.compile(r"(?P<name>[\w.]{1,200}) \[pyo3\]")
_CLOSURE = re.compile(r"\{closure(?:_env)?#\d{1,6}\}(?:<.*)?", re.DOTALL)
#: A closure as the arguments of generic functions name it, with the path from its crate.
_OF_CLOSURE = re.compile(
    r"\b(?P<crate>\w{1,100})::(?:[\w{}#]{1,100}::){0,20}?(?P<name>\w{1,200})(?:::\{closure(?:_env)?#\d{1,6}\}){1,10}"
)
_FOREIGN = re.compile(r"/registry/src/|/git/checkouts/|/rustc/[0-9a-f]|/rustlib/|/rust/deps/|^library/")
_STDLIB = re.compile(
    r"^<(?:frozen|string|stdin)|/lib(?:64)?/python3[.\d]{0,6}t?/(?!site-packages|dist-packages)|/lib/(?:importlib|logging|threading\.py)"
)


def is_wrapper(frame: Frame) -> bool:
    """True for the function that PyO3 generates around one of the user's."""
    return frame.language is not Language.PYTHON and bool(
        _WRAPPER.fullmatch(frame.function) or _WRAPPED.fullmatch(frame.function)
    )


def is_own_rust(frame: Frame) -> bool:
    """True for Rust of the user's, by layer; without a project, by a file that is no library's."""
    if frame.layer is Layer.CRATE:
        return True
    if frame.layer not in {Layer.UNCLASSIFIED, None} or frame.language is not Language.RUST or is_wrapper(frame):
        return False
    file = (frame.file or "").replace("\\", "/")
    return file.endswith(".rs") and not _FOREIGN.search(file)


def is_own_python(frame: Frame) -> bool:
    """True for Python that is not of the standard library."""
    return frame.language is Language.PYTHON and not is_library(frame)


def is_library(frame: Frame) -> bool:
    """True for Python of the standard library."""
    return frame.language is Language.PYTHON and bool(_STDLIB.search((frame.file or "").replace("\\", "/")))


def own(frames: Frames) -> tuple[int, ...]:
    """Where the user's frames stand, from the leaf; a wrapper counts where nothing else of its function is there."""
    places: list[int] = []
    above: str | None = None
    for at, frame in enumerate(frames):
        if is_own_rust(frame):
            places.append(at)
            above = function_at(frames, at)
        elif is_own_python(frame):
            places.append(at)
            above = None
        elif is_wrapper(frame) and function_at(frames, at) != above:
            places.append(at)
    return tuple(places)


def function_at(frames: Frames, at: int) -> str:
    """The function of a user's frame by its own name; a closure is called like the function that it stands in."""
    frame = frames[at]
    if frame.language is Language.PYTHON:
        return frame.function.rpartition(".")[2]
    wrapper = _WRAPPER.fullmatch(frame.function) or _WRAPPED.fullmatch(frame.function)
    if wrapper:
        return wrapper["name"]
    if not _CLOSURE.fullmatch(frame.function):
        return last(frame.function)
    return _around(frames, at) or "a closure"


def _around(frames: Frames, at: int) -> str | None:
    for below, frame in enumerate(frames[at + 1 : at + 40], at + 1):
        if frame.language is Language.PYTHON:
            return None
        if _CLOSURE.fullmatch(frame.function) and not (is_own_rust(frame) and frame.file == frames[at].file):
            continue
        if is_wrapper(frame) or (is_own_rust(frame) and frame.file == frames[at].file):
            return function_at(frames, below)
        crate = frames[at].crate or stem_of(frames[at].module)
        for closure in () if is_own_rust(frame) else _OF_CLOSURE.finditer(frame.function[:2000]):
            if closure["crate"] == crate:
                return closure["name"]
    return None


def place(frames: Frames, at: int) -> str:
    """File and line of a frame with the function: "hang.rs:45 attach_then_lock"."""
    frame = frames[at]
    file = re.split(r"[/\\]", frame.file or "")[-1]
    where = f"{file}:{frame.line} " if file and frame.line else f"{file} " if file else ""
    return f"{where}{function_at(frames, at)}"


def called(stack: Stack, process: Process) -> str:
    """What a thread is called in a sentence: "the main thread", "thread worker (4711)"."""
    thread = stack.thread
    number = f"thread {thread.tid}" if thread.tid is not None else "a thread"
    python = [frame for frame in stack.frames if frame.language is Language.PYTHON]
    if (thread.tid is not None and thread.tid == process.pid) or (python and python[-1].function == "<module>"):
        return "the main thread"
    if thread.name and not thread.name.startswith("python"):
        return f"thread {thread.name}" + (f" ({thread.tid})" if thread.tid is not None else "")
    return number
