from __future__ import annotations

import pytest

from pyo3ops.stacks.model import Dump, Frame, Gil, Language, Layer, Process, Stack, Thread
from pyo3ops.stacks.verdicts import Certainty, Kind, judge

TOKIO = "/cargo/registry/src/index/tokio-1.54.1/src"
STD = "/rustc/0123456789/library/std/src"
SYSCALL = Frame("syscall", Language.C, layer=Layer.LIBC)
PARK = Frame("std::sys::sync::thread_parking::futex::Parker::park", Language.RUST, layer=Layer.STD)
TAKE_GIL = (
    Frame("__pthread_cond_wait_common", Language.C, layer=Layer.LIBC),
    Frame("take_gil", Language.C, layer=Layer.CPYTHON),
)
PROGRAM = Frame("main", Language.PYTHON, "/home/me/program.py", 1, layer=Layer.PYTHON)
#: The line that holds a lock is 2, where it attaches 3, and the line that waits 7.
SOURCE = [
    "fn hold() {",
    "    let value = {name}.{take};",
    "    Python::attach(|py| use_it(py, value));",
    "}",
    "",
    "fn want() {",
    "    *{name}.{wait}",
    "}",
]


def own(function: str, line: int) -> Frame:
    return Frame(f"mine::{function}", Language.RUST, "/home/me/src/lib.rs", line, layer=Layer.CRATE, crate="mine")


def looked(wait: Frame) -> list[Dump]:
    keeper = Stack(Thread(1), (SYSCALL, PARK, wait, own("want", 7), PROGRAM), Gil.HELD, waits_at=64)
    holder = Stack(Thread(2), (*TAKE_GIL, own("hold", 3)), Gil.WAITED_FOR, waits_at=128)
    return [Dump((keeper, holder), Process(1), source="gdb")] * 2


ASYNC = Frame("blocking_lock<u64>", Language.RUST, f"{TOKIO}/sync/mutex.rs", layer=Layer.DEPENDENCY, crate="tokio")
SYNC = Frame("std::sys::sync::mutex::futex::Mutex::lock_contended", Language.RUST, f"{STD}/x.rs", layer=Layer.STD)


@pytest.mark.parametrize(
    ("wait", "name", "take", "certainty"),
    [
        # A task that is on no thread may have another lock of that name, and a future may give back what it awaited.
        (ASYNC, "self.session", "lock().await", Certainty.PROBABLE),
        (ASYNC, "self.session", "blocking_lock()", Certainty.PROBABLE),
        (ASYNC, "SESSION", "lock().await", Certainty.PROBABLE),
        (ASYNC, "SESSION", "blocking_lock()", Certainty.DEFINITE),
        # A lock that is awaited is none that a thread sleeps for.
        (SYNC, "SESSION", "lock().await", Certainty.PROBABLE),
        (SYNC, "self.session", "lock().unwrap()", Certainty.DEFINITE),
    ],
)
def test_a_guard_that_a_task_may_keep_proves_nothing(wait: Frame, name: str, take: str, certainty: Certainty) -> None:
    waiting = "blocking_lock()" if wait is ASYNC else "lock().unwrap()"
    lines = [line.replace("{name}", name).replace("{take}", take).replace("{wait}", waiting) for line in SOURCE]
    (verdict,) = judge(looked(wait), lambda file: lines if file.endswith("lib.rs") else None)

    assert (verdict.kind, verdict.certainty) == (Kind.GIL_LOCK_INVERSION, certainty)
