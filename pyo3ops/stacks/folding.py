"""Frames that no user asks for: the interpreter's and PyO3's ways from one function of the user to the next.

Told by layer, which is the module's or the file's word, and by name within it: a user's function may be called
`trampoline`. What a thread waits in at its leaf stays, and so does the built-in function that Python called.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pyo3ops.stacks.layers import WRAPPER
from pyo3ops.stacks.model import Dump, Frame, Layer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyo3ops.stacks.model import Frames, Stack

#: With them the interpreter calls what is implemented in C; the frame that they call is of interest.
_CALLS_C = re.compile(
    r"cfunction_(?:vectorcall\w*|call\w*)|method_vectorcall\w*|_PyMethodDef_RawFastCall\w*|_PyCFunction_FastCall\w*"
    r"|_PyMethodDescr_FastCall\w*|builtin___build_class__"
)
#: With them a built-in function was not reached yet.
_ON_THE_WAY = re.compile(
    r"_?Py|cfunction_|method_|object_vacall|vectorcall|slot_|type_call|wrap_|call_|do_call|_TAIL_CALL_"
)
#: Rust's library below a user's function that somebody else calls, and below a thread.
_RUST_GLUE = re.compile(
    r"catch_unwind|panicking::(?:r#)?(?:try|catch_unwind)(?:::do_call)?\b|__rust_try|__rust_begin_short_backtrace|ops::function::Fn|call_once"
    r"|AssertUnwindSafe|thread_start|std::thread::(?:lifecycle|spawnhook|Builder)|lang_start|^do_call\b|^try<|^\{impl#\d+\}::call"
)
_SPAWNING = re.compile(r"[/\\]std[/\\]src[/\\]thread[/\\](?:lifecycle|spawnhook|mod)\.rs$")
#: What of PyO3 says something to its user; the function's own name is `way`.
TELLING = re.compile(
    r"(?:^|(?:^|::|<)Python(?:<'\w{1,20}>)?>?::)(?P<way>attach|detach|with_gil|allow_threads)(?:::)?(?:<.*)?$",
    re.DOTALL,
)
#: With them Rust says that it panics and begins to unwind; what tells of a panic that could not is none of them.
_PANICS = re.compile(
    r"(?:^|::)(?:rust_begin_unwind|rust_panic\w{0,30}|begin_panic\w{0,20}|__rust_(?:end|start)_short_backtrace|default_hook)\b"
    r"|panicking::(?!panic_(?:in_cleanup|cannot_unwind|nounwind)\b|(?:try|catch_unwind)\b)\w"
    r"|(?:result::unwrap|option::unwrap|option::expect|slice::index::slice_\w{1,40})_failed\b"
)
_PANICKING = re.compile(r"[/\\](?:std|core)[/\\]src[/\\]panicking\.rs$")
_NO_UNWINDING = re.compile(r"panic_(?:in_cleanup|cannot_unwind|nounwind)")
#: Where a thread waits for the interpreter.
_WAITS = re.compile(
    r"take_gil|_PyThreadState_Attach|tstate_wait_attach|_PyParkingLot_Park|_PyMutex_LockTimed|PyThread_acquire_lock_timed"
)
#: What the function may be that a wrapper is for.
_WRITTEN = (Layer.CRATE, Layer.DEPENDENCY, Layer.UNCLASSIFIED)
#: What a wait ends in.
_BELOW = (Layer.CPYTHON, Layer.LIBC, Layer.KERNEL)
#: What stands above the function that panicked.
_PANICKED = (Layer.STD, Layer.LIBC, Layer.KERNEL)
_THREAD_ROOTS = re.compile(r"_start|start_thread|_?_?clone3?|__libc_start\w*|main|Py_BytesMain|thread_start")


def folded(dump: Dump) -> Dump:
    """The dump with glue marked as such; its frames have layers already."""
    once = _Once()
    return replace(dump, stacks=tuple(_folded(stack, once) for stack in dump.stacks))


class _Once:
    """What is said of a frame, found out once however many threads and recursions have that very frame."""

    def __init__(self) -> None:
        self._glue: dict[tuple[int, int], bool] = {}
        #: By the frame's own identity; the frame itself is kept, so that no other gets it.
        self._marked: dict[tuple[int, str, bool], tuple[Frame, Frame]] = {}
        self._names: dict[str, str] = {}

    def is_glue(self, frame: Frame, below: Frame | None) -> bool:
        key = (id(frame), id(below))
        if key not in self._glue:
            self._glue[key] = _is_glue(frame, below)
        return self._glue[key]

    def marked(self, frame: Frame, name: str, *, glue: bool) -> Frame:
        """The frame, called `name` if that is not empty."""
        key = (id(frame), name, glue)
        if key not in self._marked:
            new = replace(frame, function=name, symbol=frame.symbol or frame.function) if name else frame
            self._marked[key] = frame, replace(new, glue=glue)
        return self._marked[key][1]

    def last_part(self, function: str) -> str:
        """The name of a function without its path and its parameters."""
        if function not in self._names:
            self._names[function] = re.split(r"::", re.sub(r"<.{0,400}>$|::\{.{0,40}\}", "", function))[-1]
        return self._names[function]


def _folded(stack: Stack, once: _Once) -> Stack:
    frames = stack.frames
    names = list(_names_of_wrappers(frames, once))
    glue = [not name and once.is_glue(frame, below) for frame, below, name in zip(frames, (*frames[1:], None), names)]
    _hide_the_panic(frames, glue)
    _keep_the_wait(frames, glue)
    marked = (once.marked(frame, name, glue=hidden) for frame, name, hidden in zip(frames, names, glue))
    return replace(stack, frames=tuple(marked))


def _hide_the_panic(frames: Sequence[Frame], glue: list[bool]) -> None:
    """Hide what Rust's library does at the leaf to panic: where that was is the frame that comes next."""
    end = next((at for at, frame in enumerate(frames) if frame.layer not in _PANICKED), len(frames))
    if end == len(frames):
        return
    for at in range(end):
        glue[at] = glue[at] or _panics(frames[at])


def _panics(frame: Frame) -> bool:
    if frame.layer is not Layer.STD or _NO_UNWINDING.search(frame.function):
        return False
    return _PANICS.search(frame.function) is not None or _PANICKING.search(frame.file or "") is not None


def _is_glue(frame: Frame, below: Frame | None) -> bool:
    """Whether a frame is glue; `below` is what called it."""
    if frame.layer is Layer.CPYTHON:
        return not _is_built_in(frame, below)
    if frame.layer is Layer.PYO3:
        return not (frame.function.endswith(_MARK) or TELLING.search(frame.function))
    if frame.layer is Layer.STD:
        return _RUST_GLUE.search(frame.function) is not None or _of_spawning(frame)
    if frame.layer is Layer.LIBC:
        # Of several, the one that somebody called.
        return below is None or below.layer is Layer.LIBC or _THREAD_ROOTS.fullmatch(frame.function) is not None
    return False


def _of_spawning(frame: Frame) -> bool:
    """True for what `thread::spawn` puts around the closure that it is given."""
    return "{closure" in frame.function and _SPAWNING.search(frame.file or "") is not None


def _is_built_in(frame: Frame, caller: Frame | None) -> bool:
    """True for a function in C that Python called, `builtin_sorted` for one."""
    if caller is None or _ON_THE_WAY.match(frame.function) or frame.inlined:
        return False
    return caller.layer is Layer.CPYTHON and _CALLS_C.match(caller.function) is not None


def _keep_the_wait(frames: Sequence[Frame], glue: list[bool]) -> None:
    """Show what a thread waits in where that is the interpreter's, or where all frames at the leaf are hidden."""
    end = next((at for at, frame in enumerate(frames) if frame.layer not in _BELOW), len(frames))
    waiting = [at for at in range(end) if frames[at].layer is Layer.CPYTHON and _WAITS.match(frames[at].function)]
    if waiting:
        # What of the C library it waits with says no more.
        telling = next((at for at in waiting if frames[at].function == "take_gil"), waiting[-1])
        glue[:telling] = [True] * telling
        glue[telling] = False
    elif end and all(glue[:end]):
        glue[0] = False


#: Behind the name of a function of the user whose own frame the compiler has put into PyO3's wrapper.
_MARK = " [pyo3]"
_WRAPPED = re.compile(r"__py(?:function|method)_(?P<name>\w+?)(?:__)?(?:::|$)")


def _names_of_wrappers(frames: Frames, once: _Once) -> Iterator[str]:
    """For each wrapper the name of what it wraps, where that has no frame of its own; for all else nothing."""
    above: set[str] = set()
    for frame in frames:
        name = ""
        if frame.layer is Layer.PYO3:
            wrapper = WRAPPER.search(frame.function) and _WRAPPED.search(frame.function)
            if wrapper and wrapper["name"] not in above:
                name, above = f"{wrapper['name']}{_MARK}", {wrapper["name"]}
        elif frame.layer in _WRITTEN:
            above.add(once.last_part(frame.function))
        elif frame.layer is Layer.PYTHON:
            above = set()
        yield name
