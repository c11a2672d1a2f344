"""Frames that no user asks for, told by whose they are and by what they are called."""

from __future__ import annotations

import pytest

from pyo3ops.stacks.folding import folded
from pyo3ops.stacks.model import Dump, Frame, Language, Layer, Stack, Thread

PYTHON = Frame("f", Language.PYTHON, "a.py", layer=Layer.PYTHON)
OWN = Frame("my_crate::work", Language.RUST, layer=Layer.CRATE)
THREADS = "/rustc/ab12/library/std/src/thread/lifecycle.rs"


def of(layer: Layer, function: str, **rest: object) -> Frame:
    return Frame(function, layer=layer, **rest)  # type: ignore[arg-type]


def c(function: str, **rest: object) -> Frame:
    return of(Layer.CPYTHON, function, **rest)


def shown(*frames: Frame) -> list[str]:
    stack = folded(Dump((Stack(Thread(1), frames),))).stacks[0]
    assert len(stack.frames) == len(frames)
    return [frame.function for frame in stack.frames if not frame.glue]


def test_the_interpreter_between_two_calls() -> None:
    assert shown(PYTHON, c("_PyEval_Vector"), c("PyObject_Vectorcall"), c("method_vectorcall"), OWN, PYTHON) == [
        "f",
        "my_crate::work",
        "f",
    ]


def test_a_built_in_function_that_python_called_stays() -> None:
    calling = c("cfunction_vectorcall_FASTCALL_KEYWORDS")
    frames = (PYTHON, c("PyObject_CallOneArg"), c("list_sort_impl"), c("builtin_sorted"), calling, PYTHON)
    assert shown(*frames) == ["f", "builtin_sorted", "f"]


def test_rust_that_python_called_is_no_built_in_function() -> None:
    trampoline = of(Layer.PYO3, "pyo3::impl_::trampoline::noargs<A>")
    assert shown(OWN, trampoline, c("cfunction_vectorcall_NOARGS"), PYTHON) == ["my_crate::work", "f"]


@pytest.mark.parametrize(
    "frame",
    [
        of(Layer.PYO3, "pyo3::impl_::trampoline::trampoline"),
        of(Layer.PYO3, "<my_crate::MakeDef>::_PYO3_DEF::trampoline"),
        of(Layer.PYO3, "call0"),
        of(Layer.PYO3, "pyo3::internal::state::AttachGuard::attach"),
        of(Layer.STD, "std::panic::catch_unwind"),
        of(Layer.STD, "std::panicking::try::do_call"),
        of(Layer.STD, "__rust_try"),
        of(Layer.STD, "std::sys::backtrace::__rust_begin_short_backtrace"),
        of(Layer.STD, "core::ops::function::FnOnce::call_once"),
        of(Layer.STD, "{closure#1}<my_crate::work, ()>", file=THREADS),
        of(Layer.STD, "std::sys::thread::unix::Thread::new::thread_start"),
        c("Py_BytesMain"),
        c("main"),
    ],
    ids=lambda frame: frame.function,
)
def test_glue(frame: Frame) -> None:
    assert shown(PYTHON, frame, PYTHON) == ["f", "f"]


@pytest.mark.parametrize(
    "frame",
    [
        of(Layer.CRATE, "my_crate::trampoline"),
        of(Layer.CRATE, "my_crate::catch_unwind"),
        of(Layer.DEPENDENCY, "rayon_core::registry::in_worker"),
        of(Layer.PYO3, "pyo3::marker::Python::detach<usize, my_crate::work::{closure_env#0}>"),
        of(Layer.PYO3, "attach<A, B>"),
        of(Layer.PYO3, "pyo3::marker::Python::attach"),
        of(Layer.PYO3, "<pyo3::marker::Python<'_>>::detach::<A, B>"),
        of(Layer.STD, "std::sync::poison::mutex::Mutex<T>::lock"),
        of(Layer.STD, "core::panicking::panic_fmt"),
        of(Layer.STD, "park", file=THREADS),
        of(Layer.UNCLASSIFIED, "PyObject_Call"),
        of(Layer.KERNEL, "do_futex"),
    ],
    ids=lambda frame: frame.function,
)
def test_what_says_something_stays(frame: Frame) -> None:
    assert shown(PYTHON, frame, PYTHON) == ["f", frame.function, "f"]


def test_of_the_c_library_the_function_that_was_called_stays() -> None:
    waiting = [of(Layer.LIBC, "__futex_abstimed_wait_common64"), of(Layer.LIBC, "pthread_cond_wait")]
    start = [of(Layer.LIBC, "start_thread"), of(Layer.LIBC, "clone3")]
    assert shown(*waiting, OWN, *start) == ["pthread_cond_wait", "my_crate::work"]


def test_the_wait_for_the_interpreter_stays() -> None:
    waiting = [of(Layer.LIBC, "pthread_cond_timedwait"), c("take_gil"), c("PyEval_RestoreThread")]
    assert shown(*waiting, OWN) == ["take_gil", "my_crate::work"]
    attaching = (c("take_gil"), c("_PyThreadState_Attach"), c("PyEval_RestoreThread"))
    assert shown(*attaching, OWN) == ["take_gil", "my_crate::work"]
    assert shown(*waiting[1:], OWN) == ["take_gil", "my_crate::work"]
    locking = [of(Layer.LIBC, "sem_clockwait"), c("PyThread_acquire_lock_timed"), c("lock_PyThread_acquire_lock")]
    assert shown(*locking, c("cfunction_call"), PYTHON) == [
        "PyThread_acquire_lock_timed",
        "lock_PyThread_acquire_lock",
        "f",
    ]
    assert shown(c("_PyEval_Vector"), c("PyObject_Call"), PYTHON) == ["_PyEval_Vector", "f"]
    assert shown(c("_start")) == ["_start"]
    assert shown() == []


def test_a_wrapper_is_glue_where_its_function_has_a_frame() -> None:
    wrapper = of(Layer.PYO3, "my_crate::module::__pyfunction_work", crate="my_crate")
    assert shown(OWN, wrapper, PYTHON) == ["my_crate::work", "f"]
    closure = of(Layer.CRATE, "my_crate::module::work::{closure#0}")
    assert shown(closure, wrapper, PYTHON) == ["my_crate::module::work::{closure#0}", "f"]


def test_a_wrapper_is_called_like_a_function_that_was_inlined_away() -> None:
    wrapper = of(Layer.PYO3, "my_crate::module::__pyfunction_work", crate="my_crate")
    assert shown(of(Layer.LIBC, "nanosleep"), wrapper, PYTHON) == ["nanosleep", "work [pyo3]", "f"]
    method = of(Layer.PYO3, "my_crate::Class::__pymethod_get_value__")
    assert shown(of(Layer.LIBC, "nanosleep"), method, PYTHON) == ["nanosleep", "get_value [pyo3]", "f"]
    # A function of that name nearer to the leaf, behind Python, is another call.
    assert shown(OWN, PYTHON, wrapper, PYTHON) == ["my_crate::work", "f", "work [pyo3]", "f"]
    stack = folded(Dump((Stack(Thread(1), (wrapper, PYTHON)),))).stacks[0]
    assert stack.frames[0].symbol == "my_crate::module::__pyfunction_work"


def test_a_frame_that_several_threads_have_is_folded_by_where_it_stands() -> None:
    called, loop, call = c("builtin_sorted"), c("_PyEval_Vector"), c("cfunction_vectorcall_FASTCALL_KEYWORDS")
    stacks = ((PYTHON, called, call, PYTHON), (PYTHON, called, loop, PYTHON), (PYTHON, called, call, PYTHON))
    first, second, third = folded(Dump(tuple(Stack(Thread(at), each) for at, each in enumerate(stacks)))).stacks
    assert [each.frames[1].glue for each in (first, second, third)] == [False, True, False]
    assert all(one is other for one, other in zip(first.frames, third.frames))


PANICKING = "/rustc/ab12/library/std/src/panicking.rs"


def test_what_rust_does_to_panic_is_hidden_above_what_panicked() -> None:
    machinery = (
        of(Layer.LIBC, "abort"),
        of(Layer.STD, "std::panicking::rust_panic_with_hook"),
        of(Layer.STD, "{closure#0}", file=PANICKING),
        of(Layer.STD, "std::sys::backtrace::__rust_end_short_backtrace<A, !>"),
        of(Layer.STD, "__rustc::rust_begin_unwind"),
        of(Layer.STD, "core::panicking::panic_bounds_check"),
    )
    index = of(Layer.STD, "index<u64>", file="/rustc/ab12/library/core/src/slice/index.rs")
    assert shown(*machinery, index, OWN, PYTHON) == ["abort", "index<u64>", "my_crate::work", "f"]
    # Of a thread in which nothing else ran it is all that there is to see, and elsewhere it may be anybody's.
    assert shown(of(Layer.STD, "core::panicking::panic_fmt")) == ["core::panicking::panic_fmt"]
    assert shown(OWN, of(Layer.STD, "core::panicking::panic_fmt"), OWN) == [
        "my_crate::work",
        "core::panicking::panic_fmt",
        "my_crate::work",
    ]


@pytest.mark.parametrize("name", ["panic_in_cleanup", "panic_cannot_unwind"])
def test_what_says_why_a_panic_did_not_unwind_stays(name: str) -> None:
    frames = of(Layer.STD, "core::panicking::panic_fmt"), of(Layer.STD, f"core::panicking::{name}", file=PANICKING)
    assert shown(*frames, OWN) == [f"core::panicking::{name}", "my_crate::work"]
