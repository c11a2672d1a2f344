from __future__ import annotations

import pytest

from pyo3ops.stacks.model import Frame, Language, Layer
from pyo3ops.stacks.verdicts.waiting import For, is_blocked, last, row_of, rows

STD = "/rustc/0123456789/library/std/src"


@pytest.mark.parametrize(
    ("function", "layer", "file", "expected"),
    [
        ("std::sys::sync::mutex::futex::Mutex::lock_contended", Layer.STD, None, (For.LOCK, "Mutex", False)),
        ("lock<u64>", Layer.STD, f"{STD}/sync/poison/mutex.rs", (For.LOCK, "Mutex", False)),
        (
            "lock_slow",
            Layer.DEPENDENCY,
            "/registry/src/i/parking_lot-0.12.5/src/raw_mutex.rs",
            (For.LOCK, "Mutex", False),
        ),
        ("std::sys::sync::rwlock::futex::RwLock::read_contended", Layer.STD, None, (For.LOCK, "RwLock", False)),
        ("std::sys::sync::once::futex::Once::call", Layer.STD, None, (For.ONCE, "Once", False)),
        ("wait_timeout<bool>", Layer.STD, f"{STD}/sync/poison/condvar.rs", (For.SIGNAL, "Condvar", True)),
        (
            "recv<u64>",
            Layer.DEPENDENCY,
            "/registry/src/i/crossbeam-channel-0.5.15/src/channel.rs",
            (For.SIGNAL, "channel", False),
        ),
        (
            "std::thread::functions::sleep",
            Layer.STD,
            f"{STD}/thread/functions.rs",
            (For.OUTSIDE, "time to pass (sleep)", True),
        ),
        ("take_gil", Layer.CPYTHON, "Python/ceval_gil.c", (For.INTERPRETER, "the interpreter", False)),
        (
            "flume::Sender<T>::send",
            Layer.DEPENDENCY,
            "/registry/src/i/flume-0.11.1/src/lib.rs",
            (For.SIGNAL, "channel of flume", False),
        ),
        (
            "flume::Receiver<T>::recv_timeout",
            Layer.DEPENDENCY,
            "/registry/src/i/flume-0.11.1/src/lib.rs",
            (For.SIGNAL, "channel of flume", True),
        ),
        (
            "lock<parking_lot::raw_mutex::RawMutex, u64>",
            Layer.DEPENDENCY,
            "/registry/src/i/lock_api-0.4.14/src/remutex.rs",
            (For.LOCK, "ReentrantMutex", False),
        ),
        ("__GI_flock", Layer.LIBC, None, (For.OUTSIDE, "a file lock (flock)", False)),
        ("__libc_fcntl64", Layer.LIBC, None, (For.OUTSIDE, "a file lock (fcntl)", False)),
        ("__GI___libc_read", Layer.LIBC, None, (For.OUTSIDE, "a file or a pipe (read, write)", False)),
    ],
)
def test_a_function_is_known_by_its_name_and_its_place(
    function: str, layer: Layer, file: str | None, expected: tuple[For, str, bool]
) -> None:
    row = row_of(Frame(function, Language.RUST, file, layer=layer))

    assert row is not None
    assert (row.wait, row.word, row.timed) == expected


@pytest.mark.parametrize("function", ["lock", "take_gil", "join", "mine::sync::mutex::lock_contended"])
def test_the_users_functions_are_never_taken_for_one_that_waits(function: str) -> None:
    assert row_of(Frame(function, Language.RUST, "src/sync/mutex/lib.rs", layer=Layer.CRATE)) is None
    assert row_of(Frame(function, Language.PYTHON, "threading.py", layer=Layer.PYTHON)) is None


def test_arguments_of_a_generic_function_are_not_its_place() -> None:
    function = "call<std::sys::sync::once::futex::Once, rayon_core::registry::Registry>"

    assert row_of(Frame(function, Language.RUST, f"{STD}/other.rs", layer=Layer.STD)) is None


@pytest.mark.parametrize(
    ("function", "own"),
    [
        ("lock<alloc::vec::Vec<u64>>", "lock"),
        ("std::sync::mutex::Mutex<T>::lock::h0123456789abcdef", "lock"),
        ("mine::work::{closure#0}", "work"),
        ("{closure#0}", "{closure#0}"),
        ("<T as mine::Trait>::go", "go"),
    ],
)
def test_the_last_part_of_a_name(function: str, own: str) -> None:
    assert last(function) == own


def test_a_thread_that_wakes_another_does_not_wait() -> None:
    assert is_blocked(Frame("__GI___lll_lock_wait", layer=Layer.LIBC))
    assert is_blocked(Frame("syscall", layer=Layer.LIBC))
    assert not is_blocked(Frame("futex_wake", layer=Layer.LIBC))
    assert not is_blocked(Frame("read", layer=Layer.CRATE))


def test_every_row_says_where_it_was_seen() -> None:
    assert all(row.word and row.seen and row.layers for row in rows())
