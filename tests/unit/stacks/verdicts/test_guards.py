from __future__ import annotations

import time
from typing import Sequence

import pytest

from pyo3ops.stacks.model import Frame, Language
from pyo3ops.stacks.verdicts import guards

RUST = """\
fn before() {
    let other = OTHER.lock().unwrap();
}

pub fn several(py: Python<'_>) {
    let first = FIRST.lock().unwrap();
    let value = *VALUE.lock().unwrap();
    let _ = FORGOTTEN.lock();
    {
        let inner = INNER.read().unwrap();
    }
    let gone = GONE.lock();
    drop(gone);
    if let Ok(kept) = self.kept.write() {
        here();
    }
}

fn closures() {
    let outer = OUTER.lock().unwrap();
    thread::spawn(move || {
        let inner = INNER.lock().unwrap();
        there();
    });
}

fn moved() {
    let given = GIVEN.lock().unwrap();
    consume(given);
    let woken = WOKEN.lock().unwrap();
    let woken = changed.wait(woken).unwrap();
    let sent = SENT.lock();
    scope.spawn(move || sent.len());
    let seen = SEEN.lock().unwrap();
    look(&seen, *seen, seen.len());
    end_of_moved();
}

fn chained() {
    state
        .lock()
        .unwrap();
    *one.lock() + *two.lock();
}
"""
PYTHON = """\
def outer():
    with first:
        with second as held:
            call()
        after()
    lock.acquire()
"""


def read(file: str) -> Sequence[str] | None:
    return {"a.rs": RUST.splitlines(), "a.py": PYTHON.splitlines()}.get(file)


def line(text: str, source: str = RUST) -> int:
    return next(number for number, each in enumerate(source.splitlines(), 1) if text in each)


def rust(text: str, function: str = "several") -> Frame:
    return Frame(function, Language.RUST, "a.rs", line(text))


def held(frame: Frame, *below: str) -> list[str]:
    found = guards.still_held(frame, below, read)
    assert found is not None
    return [taken.name for taken in found]


def test_guards_are_kept_until_their_block_ends_or_they_are_dropped() -> None:
    assert held(rust("here()")) == ["self.kept", "FIRST"]
    assert held(rust("let inner = INNER.read")) == ["FIRST"]
    assert held(rust("drop(gone)")) == ["GONE", "FIRST"]
    assert held(rust("let first")) == []


def test_a_guard_that_was_given_away_is_not_held() -> None:
    assert held(rust("end_of_moved()", "moved")) == ["SEEN"]


def test_a_closure_has_the_guards_around_it_only_in_the_same_thread() -> None:
    frame = rust("there()", "{closure#0}")

    assert held(frame) == ["INNER"]
    assert held(frame, "closures") == ["INNER", "OUTER"]


def test_a_line_names_the_lock_that_it_takes() -> None:
    taken = guards.wanted(rust("let first"), read)

    assert taken is not None
    assert (taken.name, taken.static) == ("FIRST", True)
    assert guards.wanted(rust("        .lock()"), read) == guards.Taken("state", line("        .lock()"))
    assert guards.wanted(rust("*one.lock()"), read) is None
    assert guards.wanted(rust("here()"), read) is None


@pytest.mark.parametrize("frame", [Frame("f"), Frame("f", file="b.rs", line=1), Frame("f", file="a.rs", line=None)])
def test_what_cannot_be_read_is_unknown(frame: Frame) -> None:
    assert guards.still_held(frame, (), read) is None
    assert guards.wanted(frame, read) is None
    assert guards.python_held(frame, read) is None
    assert guards.python_wanted(frame, read) is None


def test_with_statements_keep_what_they_name() -> None:
    frame = Frame("outer", Language.PYTHON, "a.py", line("call()", PYTHON))

    assert guards.python_held(frame, read) == ("second", "first")
    assert guards.python_held(Frame("outer", Language.PYTHON, "a.py", line("after()", PYTHON)), read) == ("first",)
    assert guards.python_wanted(Frame("outer", Language.PYTHON, "a.py", 3), read) == "second"
    assert guards.python_wanted(Frame("outer", Language.PYTHON, "a.py", 6), read) == "lock"


@pytest.mark.parametrize("text", ["a." * 50_000, "a.lock(" * 20_000, "let a = " * 20_000, "{" * 100_000, "|" * 100_000])
def test_odd_sources_take_no_time(text: str) -> None:
    started = time.perf_counter()
    lines = ["fn odd() {", *([text] * 3)]
    guards.still_held(Frame("odd", Language.RUST, "x.rs", 4), (), lambda _: lines)
    guards.wanted(Frame("odd", Language.RUST, "x.rs", 4), lambda _: lines)
    guards.python_held(Frame("odd", Language.PYTHON, "x.py", 4), lambda _: lines)

    assert time.perf_counter() - started < 2
