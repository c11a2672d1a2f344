from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.stacks.model import Dump, Frame, Language, Layer, Stack, Thread
from pyo3ops.stacks.verdicts import cures, standing
from pyo3ops.stacks.verdicts.guards import Taken

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.standing import Standing

LIBRARY = "/rustc/5/library/std/src"
LOCK = Taken("self.table", 7)


def frame(function: str, file: str, layer: Layer = Layer.STD) -> Frame:
    return Frame(function, Language.RUST, file, 1, layer=layer)


def waiting(*frames: Frame) -> Standing:
    user = Frame("user", Language.RUST, "src/lib.rs", 7, layer=Layer.CRATE)
    stack = Stack(Thread(1), (Frame("syscall", Language.C, layer=Layer.LIBC), *frames, user))
    return standing.standing_of(stack, [stack])


MUTEX = frame("lock<u64>", f"{LIBRARY}/sync/poison/mutex.rs")
PARKED = frame("lock<u64>", "/registry/src/index/parking_lot-0.12.5/src/raw_mutex.rs", Layer.DEPENDENCY)
READ = frame("read<u64>", f"{LIBRARY}/sync/poison/rwlock.rs")
WRITE = frame("write<u64>", f"{LIBRARY}/sync/poison/rwlock.rs")
ONCE_LOCK = frame("get_or_init<u64>", f"{LIBRARY}/sync/once_lock.rs")
LAZY = frame("force<u64>", f"{LIBRARY}/sync/lazy_lock.rs")
TOKIO = frame("blocking_lock<u64>", "/registry/src/index/tokio-1.54.1/src/sync/mutex.rs", Layer.DEPENDENCY)


@pytest.mark.parametrize(
    ("at", "minor", "code"),
    [
        (MUTEX, 29, "self.table.lock_py_attached(py).unwrap()  // use pyo3::sync::MutexExt"),
        (MUTEX, 23, "py.allow_threads(|| { let guard = self.table.lock().unwrap(); ... })"),
        (
            PARKED,
            29,
            'self.table.lock_py_attached(py)  // use pyo3::sync::MutexExt, with PyO3\'s feature "parking_lot"',
        ),
        (PARKED, 24, "py.allow_threads(|| { let guard = self.table.lock(); ... })"),
        (READ, 29, "self.table.read_py_attached(py).unwrap()  // use pyo3::sync::RwLockExt"),
        (WRITE, 29, "self.table.write_py_attached(py).unwrap()  // use pyo3::sync::RwLockExt"),
        (WRITE, 26, "py.detach(|| { let guard = self.table.write().unwrap(); ... })"),
        (TOKIO, 29, "py.detach(|| { let guard = self.table.blocking_lock(); ... })"),
        (ONCE_LOCK, 29, "cell.get_or_init_py_attached(py, || ...)  // use pyo3::sync::OnceLockExt"),
        (ONCE_LOCK, 22, "py.allow_threads(|| cell.get_or_init(|| ...))"),
    ],
)
def test_a_lock_is_waited_for_in_the_words_of_the_pyo3_that_is_there(at: Frame, minor: int, code: str) -> None:
    assert cures.of_lock(waiting(at), LOCK, minor).code == code


@pytest.mark.parametrize(("minor", "cell"), [(29, "PyOnceLock"), (25, "GILOnceCell")])
def test_a_lazy_value_becomes_one_of_pyo3_s(minor: int, cell: str) -> None:
    code = cures.of_lock(waiting(LAZY), None, minor).code

    assert code.startswith(f"static VALUE: {cell}<T> = {cell}::new();")
    assert code.endswith(f"// use pyo3::sync::{cell}")


def test_what_is_waited_for_goes_into_detach() -> None:
    join = frame("join", f"{LIBRARY}/thread/join_handle.rs")

    assert cures.of_blocking(waiting(join), 29).code == "py.detach(|| handle.join())"
    assert cures.of_blocking(waiting(join), 25).code == "py.allow_threads(|| handle.join())"
    assert cures.of_blocking(waiting(join), 29).summary == "detach while it waits in lib.rs:7 user"


def test_a_lock_of_readers_is_not_upgraded() -> None:
    cure = cures.of_self(waiting(WRITE), LOCK, Taken("self.table", 5))

    assert cure.code == "let mut value = self.table.write().unwrap();"
    assert "of line 5" in cures.of_self(waiting(MUTEX), LOCK, Taken("self.table", 5)).summary


def test_an_order_names_the_locks() -> None:
    assert cures.of_order(("SECOND", "FIRST")).summary.startswith("take FIRST, SECOND in this order everywhere")
    assert cures.of_order(("FIRST",)).code == "drop(guard);"


@pytest.mark.parametrize(
    ("file", "minor"), [("/home/me/.cargo/registry/src/index/pyo3-0.24.2/src/gil.rs", 24), ("src/lib.rs", cures.NEWEST)]
)
def test_the_version_of_pyo3_is_in_the_paths_of_its_sources(file: str, minor: int) -> None:
    assert cures.pyo3_of(Dump((Stack(Thread(1), (frame("attach", file),)),))) == minor
