from __future__ import annotations

from pathlib import PurePosixPath
from typing import Sequence

import pytest

from pyo3ops.stacks.model import Dump, Frame, Gil, Language, Layer, Process, Stack, Thread
from pyo3ops.stacks.verdicts import Certainty, Kind, judge, streams
from pyo3ops.stacks.verdicts.standing import standing_of

STD = "/rustc/0123456789/library/std/src"
LINES = {
    "reports.rs": [
        "fn report(error: &PyErr) {",
        "    let mut out = stderr().lock();",
        '    writeln!(out, "{error}").unwrap();',
        "}",
        "fn complain() {",
        '    eprintln!("too late");',
        "}",
        "fn shown(error: &PyErr) {",
        '    eprintln!("{error}");',
        "}",
        "fn other(stderr: &Mutex<Log>) {",
        "    let mut out = stderr.lock().unwrap();",
        "    Python::attach(|py| out.show(py));",
        "}",
    ]
}


def std(function: str, file: str = "io/stdio.rs") -> Frame:
    return Frame(function, Language.RUST, f"{STD}/{file}", layer=Layer.STD, crate="std")


def own(function: str, line: int) -> Frame:
    return Frame(f"mine::{function}", Language.RUST, "/home/me/reports.rs", line, layer=Layer.CRATE, crate="mine")


SYSCALL = Frame("syscall", Language.C, layer=Layer.LIBC)
LOCK = (
    SYSCALL,
    std("std::sys::sync::mutex::futex::Mutex::lock_contended", "sys/sync/mutex/futex.rs"),
    std("ReentrantLock::lock<core::cell::RefCell<std::io::stdio::StderrRaw>>", "sync/reentrant_lock.rs"),
)
PRINTS = (std("{impl#27}::write_fmt"), std("print_to<std::io::stdio::Stderr>"), std("std::io::stdio::_eprint"))
ATTACHES = (
    SYSCALL,
    Frame("take_gil", Language.C, layer=Layer.CPYTHON),
    Frame("PyGILState_Ensure", Language.C, layer=Layer.CPYTHON),
    Frame("<pyo3::err::PyErr as core::fmt::Display>::fmt", Language.RUST, layer=Layer.PYO3),
    std("core::fmt::write", "core/fmt/mod.rs"),
)
WRITES = std("default_write_fmt<std::io::stdio::StderrLock>", "io/mod.rs")
BUFFERED = std("write_fmt<std::io::buffered::bufwriter::BufWriter<std::io::stdio::Stderr>>")
KEEPER = Stack(Thread(1), (*LOCK, *PRINTS, own("complain", 6)), Gil.HELD, waits_at=64)


def read(file: str) -> Sequence[str] | None:
    return LINES.get(PurePosixPath(file).name)


def looked(*frames: Frame) -> Dump:
    return Dump((KEEPER, Stack(Thread(2), frames, Gil.WAITED_FOR)), Process(1), source="gdb")


@pytest.mark.parametrize(
    ("holder", "certainty"),
    [
        ((*ATTACHES, WRITES, own("report", 3)), Certainty.DEFINITE),
        ((*ATTACHES, *PRINTS, own("shown", 9)), Certainty.DEFINITE),
        # A lock of the user's that is only called so, and text that is made before the lock is taken.
        ((*ATTACHES, own("other", 13)), Certainty.PROBABLE),
        ((*ATTACHES, own("shown", 9)), Certainty.PROBABLE),
        ((*ATTACHES, BUFFERED, own("shown", 9)), Certainty.PROBABLE),
    ],
)
def test_who_writes_to_stderr_has_its_lock(holder: tuple[Frame, ...], certainty: Certainty) -> None:
    (verdict,) = judge([looked(*holder)] * 2, read)

    assert (verdict.kind, verdict.certainty) == (Kind.GIL_LOCK_INVERSION, certainty)
    assert verdict.lock is not None
    assert (verdict.lock.word, verdict.lock.name) == ("ReentrantLock", "std::io::stderr")
    assert verdict.cure is not None
    assert verdict.cure.code == 'py.detach(|| eprintln!("{text}"))'


def test_a_lock_that_is_waited_for_while_something_is_printed_is_another_one() -> None:
    mutex = (SYSCALL, std("lock_contended", "sys/sync/mutex/futex.rs"))
    stack = Stack(Thread(1), (*mutex, own("fmt", 3), *PRINTS, own("complain", 6)))
    standing = standing_of(stack, [stack])

    assert streams.wanted(standing) is None
    assert {taken.name for taken in streams.held(standing)} == {"std::io::stderr"}


def test_who_waits_for_a_stream_has_it_not() -> None:
    standing = standing_of(KEEPER, [KEEPER])

    assert list(streams.held(standing)) == []
    wanted = streams.wanted(standing)
    assert wanted is not None
    assert (wanted.name, wanted.static) == ("std::io::stderr", True)
