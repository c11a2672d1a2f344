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
    from collections.abc import Sequence

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
#: What of PyO3 says something to its user.
_TELLING = re.compile(
    r"(?:^|(?:^|::|<)Python(?:<'\w{1,20}>)?>?::)(?:attach|detach|with_gil|allow_threads)(?:::)?(?:<.*)?$", re.DOTALL
)
#: Where a thread waits for the interpreter.
_WAITS = re.compile(
    r"take_gil|_PyThreadState_Attach|tstate_wait_attach|_PyParkingLot_Park|_PyMutex_LockTimed|PyThread_acquire_lock_timed"
)
#: What the function may be that a wrapper is for.
_WRITTEN = frozenset({Layer.CRATE, Layer.DEPENDENCY, Layer.UNCLASSIFIED})
#: What a wait ends in.
_BELOW = frozenset({Layer.CPYTHON, Layer.LIBC, Layer.KERNEL})
_THREAD_ROOTS = re.compile(r"_start|start_thread|_?_?clone3?|__libc_start\w*|main|Py_BytesMain|thread_start")


def folded(dump: Dump) -> Dump:
    """The dump with glue marked as such; its frames have layers already."""
    return replace(dump, stacks=tuple(_folded(stack) for stack in dump.stacks))


def _folded(stack: Stack) -> Stack:
    named = _wrappers_named(stack.frames)
    glue = [_is_glue(named, at) for at in range(len(named))]
    _keep_the_wait(named, glue)
    frames = tuple(replace(frame, glue=hidden) for frame, hidden in zip(named, glue))
    return replace(stack, frames=frames)


def _is_glue(frames: Sequence[Frame], at: int) -> bool:
    frame = frames[at]
    if frame.layer is Layer.CPYTHON:
        return not _is_built_in(frames, at)
    if frame.layer is Layer.PYO3:
        return not (frame.function.endswith(_MARK) or _TELLING.search(frame.function))
    if frame.layer is Layer.STD:
        return _RUST_GLUE.search(frame.function) is not None or _of_spawning(frame)
    if frame.layer is Layer.LIBC:
        # Of several, the one that somebody called.
        below = frames[at + 1] if at + 1 < len(frames) else None
        return below is None or below.layer is Layer.LIBC or _THREAD_ROOTS.fullmatch(frame.function) is not None
    return False


def _of_spawning(frame: Frame) -> bool:
    """True for what `thread::spawn` puts around the closure that it is given."""
    return "{closure" in frame.function and _SPAWNING.search(frame.file or "") is not None


def _is_built_in(frames: Sequence[Frame], at: int) -> bool:
    """True for a function in C that Python called, `builtin_sorted` for one."""
    if at + 1 >= len(frames) or _ON_THE_WAY.match(frames[at].function) or frames[at].inlined:
        return False
    caller = frames[at + 1]
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


def _wrappers_named(frames: Frames) -> Frames:
    """The stack with each wrapper called like what it wraps, where that has no frame of its own."""
    named = list(frames)
    above: set[str] = set()
    for at, frame in enumerate(frames):
        wrapper = WRAPPER.search(frame.function) and _WRAPPED.search(frame.function)
        if frame.layer is Layer.PYO3 and wrapper:
            if wrapper["name"] not in above:
                symbol = frame.symbol or frame.function
                named[at] = replace(frame, function=f"{wrapper['name']}{_MARK}", symbol=symbol)
                above = {wrapper["name"]}
        elif frame.layer in _WRITTEN:
            above.add(re.split(r"::", re.sub(r"<.{0,400}>$|::\{.{0,40}\}", "", frame.function))[-1])
        elif frame.layer is Layer.PYTHON:
            above = set()
    return tuple(named)
