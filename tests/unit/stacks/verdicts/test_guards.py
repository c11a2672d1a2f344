from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Iterator, NamedTuple, Sequence

import pytest

from pyo3ops.stacks.model import Frame, Language
from pyo3ops.stacks.verdicts import guards, python_locks

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

fn blocks() {
    if let Some(job) = QUEUE.lock().unwrap().pop() {
        in_if(job);
    }
    after_if();
    while let Some(job) = QUEUE.lock().unwrap().pop() {
        in_while(job, "{ \\" {", '{', '\\'', '"');
    }
    while let Some(job) = TEXTS.lock().unwrap().pop() {
        say("{ \\" {", '{', '\\'', "http://x");
    }
    match NEXT.lock().unwrap().state {
        A => { in_match(); }
        B => {}
    }
    after_match();
    if let Some(job) = MAYBE.lock().unwrap().pop() {
        then(job);
    } else if let Some(job) = OTHER.lock().unwrap().pop() {
        then_other(job);
    } else {
        in_else();
    }
    after_else();
    if let Ok(gone) = DROPPED.lock() {
        drop(gone);
        after_drop();
    }
    if let Ok(value) = MAPPED.lock().map(|guard| *guard) {
        in_mapped();
    }
    if let Some(job) = LAST.lock().unwrap().pop()
    {
        nested(|| { in_closure(); });
        end_of_blocks();
    }
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


TABLE = (Path(__file__).parents[3] / "data/debug/guards/guards.rs").read_text("utf-8").splitlines()
_ROW = re.compile(
    r"here(?:_in_thread)?\(\).*// (?:(?P<where>closure|thread); )?"
    r"(?:held: (?P<held>[^;]*))?(?:; )?(?:perhaps: (?P<perhaps>.*))?$"
)


class Row(NamedTuple):
    """One line of the table, and what is true there."""

    line: int
    function: str
    where: str
    held: frozenset[str]
    perhaps: frozenset[str]


def table() -> Iterator[Row]:
    function = ""
    for number, text in enumerate(TABLE, 1):
        starts = re.match(r"fn (\w+)", text)
        function = starts[1] if starts else function
        match = _ROW.search(text)
        if match and not starts and not text.startswith("//"):
            yield Row(number, function, match["where"] or "", names(match["held"]), names(match["perhaps"]))


def names(listed: str | None) -> frozenset[str]:
    return frozenset(name.strip() for name in (listed or "").split(",")) - {"", "-"}


def read(file: str) -> Sequence[str] | None:
    return {"a.rs": RUST.splitlines(), "a.py": PYTHON.splitlines()}.get(file)


def line(text: str, source: str = RUST) -> int:
    return next(number for number, each in enumerate(source.splitlines(), 1) if text in each)


def rust(text: str, function: str = "several") -> Frame:
    return Frame(function, Language.RUST, "a.rs", line(text))


def held(frame: Frame, *below: str, certain: bool = True) -> list[str]:
    found = guards.still_held(frame, below, read, waiting=True)
    assert found is not None
    return [taken.name for taken in found if taken.certain is certain]


def test_guards_are_kept_until_their_block_ends_or_they_are_dropped() -> None:
    assert held(rust("here()")) == ["self.kept", "FIRST"]
    assert held(rust("let inner = INNER.read")) == ["FIRST"]
    assert held(rust("drop(gone)")) == ["GONE", "FIRST"]
    assert held(rust("let first")) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in_if(", [("QUEUE", True)]),
        ("after_if(", []),
        ("while let Some(job)", []),
        ("in_while(", [("QUEUE", True)]),
        ("say(", [("TEXTS", True)]),
        ("match NEXT", []),
        ("in_match(", [("NEXT", True)]),
        ("B => {}", [("NEXT", True)]),
        ("after_match(", []),
        ("then(job)", [("MAYBE", True)]),
        # Edition 2024 has dropped it there, others have not.
        ("else if let Some(job)", [("MAYBE", False)]),
        ("then_other(", [("OTHER", True), ("MAYBE", False)]),
        ("in_else(", [("OTHER", False), ("MAYBE", False)]),
        ("after_else(", []),
        ("after_drop(", [("DROPPED", False)]),
        ("in_mapped(", [("MAPPED", False)]),
        ("end_of_blocks(", [("LAST", True)]),
    ],
)
def test_the_head_of_a_block_keeps_its_guard_to_the_end_of_the_block(
    text: str, expected: list[tuple[str, bool]]
) -> None:
    found = guards.still_held(rust(text, "blocks"), (), read, waiting=True)

    assert found is not None
    assert [(taken.name, taken.certain) for taken in found] == expected


def test_a_guard_that_was_given_away_may_be_held() -> None:
    assert held(rust("end_of_moved()", "moved")) == ["SEEN", "WOKEN"]
    assert held(rust("end_of_moved()", "moved"), certain=False) == ["SENT", "GIVEN"]


def test_who_waits_for_a_condition_has_given_the_lock_back() -> None:
    assert held(rust("changed.wait(woken)", "moved")) == []


def test_what_a_line_takes_itself_may_be_held_where_it_does_not_wait_for_that() -> None:
    found = guards.still_held(rust("*one.lock()", "chained"), (), read)

    assert found is not None
    assert [(taken.name, taken.certain) for taken in found] == [("two", False), ("one", False)]
    assert held(rust("*one.lock()", "chained"), certain=False) == ["one"]


@pytest.mark.parametrize("row", list(table()), ids=lambda row: f"{row.line}-{row.function}")
def test_every_line_of_the_table_is_read_as_it_is(row: Row) -> None:
    """tests/integration/test_debug_verdicts.py has the compiler say that the table is true."""
    function = "{closure#0}" if row.where else row.function
    frame = Frame(function, Language.RUST, "guards.rs", row.line)
    found = guards.still_held(frame, () if row.where == "thread" else (row.function,), lambda _: TABLE)

    assert found is not None
    assert {taken.name for taken in found if taken.certain} == row.held
    assert {taken.name for taken in found if not taken.certain} - row.held == row.perhaps


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
    assert python_locks.held(frame, read) is None
    assert python_locks.wanted(frame, read) is None


def test_what_a_detach_gives_is_kept_or_not() -> None:
    lines = ["fn f() {", "    py.detach(|| {", "    let kept = py.detach(|| {", "    *value =", "    py.detach(|| 1)"]
    keeps = [guards.keeps_nothing(Frame("f", Language.RUST, "x.rs", number), lambda _: lines) for number in (2, 3, 5)]

    assert keeps == [True, False, False]


def test_a_field_has_many_names_and_a_static_one() -> None:
    assert guards.Taken("self.inner", 1).may_be(guards.Taken("state.inner", 9))
    assert not guards.Taken("self.inner", 1).may_be(guards.Taken("self.outer", 1))
    assert not guards.Taken("mine::LOCK", 1).may_be(guards.Taken("yours::LOCK", 1))


def test_with_statements_keep_what_they_name() -> None:
    frame = Frame("outer", Language.PYTHON, "a.py", line("call()", PYTHON))

    assert python_locks.held(frame, read) == ("second", "first")
    assert python_locks.held(Frame("outer", Language.PYTHON, "a.py", line("after()", PYTHON)), read) == ("first",)
    assert python_locks.wanted(Frame("outer", Language.PYTHON, "a.py", 3), read) == "second"
    assert python_locks.wanted(Frame("outer", Language.PYTHON, "a.py", 6), read) == "lock"


@pytest.mark.parametrize(
    "text",
    [
        *("a." * 50_000, "a.lock(" * 20_000, "let a = " * 20_000, "{" * 100_000, "|" * 100_000),
        *("match a.lock() " * 9_000, "if let a.lock() {} else " * 5_000, "}" * 100_000, "else" * 25_000),
    ],
)
def test_odd_sources_take_no_time(text: str) -> None:
    started = time.perf_counter()
    lines = ["fn odd() {", *([text] * 50)]
    guards.still_held(Frame("odd", Language.RUST, "x.rs", 50), (), lambda _: lines)
    guards.wanted(Frame("odd", Language.RUST, "x.rs", 4), lambda _: lines)
    python_locks.held(Frame("odd", Language.PYTHON, "x.py", 4), lambda _: lines)

    assert time.perf_counter() - started < 2
