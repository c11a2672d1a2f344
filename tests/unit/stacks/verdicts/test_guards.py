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

struct Kept {
    kept: Arc<RwLock<u64>>,
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


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("let mut g = M.lock(); MutexGuard::unlocked(&mut g, || wait_here());\n here();", [("M", True)]),
        ("let mut g = M.lock();\n MutexGuard::unlocked(&mut g, || here());", [("M", False)]),
        ("let mut g = M.lock();\n MutexGuard::bump(&mut g); here();", [("M", False)]),
        ("let mut g = M.lock(); RwLockReadGuard::unlock_fair(g);\n here();", [("M", False)]),
        ("self.guard = M.lock().unwrap();\n here();", [("M", False)]),
        ("let g = M.lock().unwrap(); self.guard = g;\n here();", [("M", False)]),
        ("if flag { self.guard = M.lock().unwrap(); }\n here();", [("M", False)]),
        ("*self.slots[0] = M.lock().unwrap();\n here();", [("M", False)]),
        ("self.length = M.lock().unwrap().len();\n here();", []),
        ("let c = move || { N.lock(); M.lock().unwrap() }; let g = c();\n here();", [("", False)]),
        ("let g = M.lock().unwrap(); 'a: { if flag { drop(g); break 'a; } }\n here();", [("M", False)]),
        ("let g = M.lock().unwrap(); 'a: for x in y { if x { drop(g); break 'a; } }\n here();", [("M", False)]),
        # What files have too: a lock where the source says that there is one.
        ("let data = reader.read()?;\n here();", [("reader", False)]),
        ("let data = file.write().unwrap();\n here();", [("file", False)]),
        ("let data = self.shared.write().unwrap();\n here();", [("self.shared", True)]),
        ("let data = TABLE.read().unwrap();\n here();", [("TABLE", True)]),
    ],
)
def test_what_is_not_certain_is_not_said_to_be(body: str, expected: list[tuple[str, bool]]) -> None:
    declared = "static TABLE: LazyLock<RwLock<u8>> = x;\nstruct S { file: File, shared: std::sync::RwLock<u8> }\n"
    lines = f"{declared}fn f(&self) {{\n {body}\n}}".splitlines()
    found = guards.still_held(Frame("m::f", Language.RUST, "x.rs", 5), (), lambda _: lines)

    assert found is not None
    assert [(taken.name, taken.certain) for taken in found] == expected


def test_a_future_has_what_its_own_block_takes() -> None:
    lines = "fn f() {\n let g = M.lock();\n spawn(async move {\n let h = N.lock();\n here();\n });\n}".splitlines()
    found = guards.still_held(Frame("m::f::{async_block#0}", Language.RUST, "x.rs", 5), (), lambda _: lines)
    whole = guards.still_held(
        Frame("m::g::{closure#0}", Language.RUST, "x.rs", 3),
        (),
        lambda _: ["async fn g() {", "let g = M.lock();", "x();", "}"],
    )

    assert found is not None
    assert [(taken.name, taken.certain) for taken in found] == [("N", True)]
    assert whole is not None
    assert [taken.name for taken in whole] == ["M"]


def test_a_statement_behind_an_attribute_is_the_users_own() -> None:
    lines = ["fn f() {", "let g = M.lock();", "#[allow(unused)] let h = here();", "}", "#[pyfunction] fn h() {", "}"]
    own, generated = (guards.still_held(Frame("f", Language.RUST, "x.rs", at), (), lambda _: lines) for at in (3, 5))

    assert own == (guards.Taken("M", 2),)
    assert generated == ()


@pytest.mark.parametrize(
    "lines",
    [
        # Each of them once took seconds, or the interpreter's whole stack.
        ["fn f() {", "fn g " + "()" * 400, *["()" * 400] * 6, "here();", "}"],
        ["fn f" + "[" * 900, *["[" * 900] * 3, "here();", "}"],
        [*["fn a" + "->" * 98] * 5000, "fn f() {", "here();", "}"],
        [*["fn a()" + "-> Guards" * 20] * 5000, "fn f() {", "here();", "}"],
        [*["fn a() -> Guard {" + "a.lock();" * 100] * 5000, "fn f() {", "here();", "}"],
        [*["RwLock" + "a:" * 80 + "RwLock" * 60] * 2000, "fn f() {", "here();", "}"],
        ["fn f() {", *["break 'a x; loop {" * 50] * 20, "here();", "}"],
        ["fn f() {", *["#[a] #[cfg(" * 80] * 20, "here();", "}"],
        ["fn f() {", *["let a = || a.lock(); " * 40] * 20, "here();", "}"],
    ],
    ids=range(9),
)
def test_long_sources_take_no_time(lines: list[str]) -> None:
    started = time.perf_counter()
    line = lines.index("here();") + 1
    for _ in range(3):
        guards.still_held(Frame("f", Language.RUST, "x.rs", line), (), lambda _: lines)

    assert time.perf_counter() - started < 3


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n with a, self.b as c:\n  here()", ("self.b", "a")),
        ("def f():\n with (a, b):\n  here()", ("b", "a")),
        ("def f():\n with (\n  a,\n  b,\n ):\n  here()", ("b", "a")),
        ("async def f(\n  x,\n):\n async with a:  # kept\n  here()", ("a",)),
        ("def f():\n with open(x, y) as z, a:\n  try:\n   foo(\n    here()", ("a",)),
        ("with a:\n here()", ("a",)),
        ("with a:\n def f():\n  here()", ()),
        ("def f():\n with self.locks[0]:\n  here()", None),
        ("def f():\n with lock_of(a):\n  here()", None),
        ("def f():\n lock.acquire()\n here()", None),
        ('def f():\n with a:\n  x = """\nof another margin\n"""\n  here()', None),
        ('def f():\n with a:\n  x = """\nUsage:\n"""\n  here()', None),
        ("with a:\n f = lambda:\\\n  here()", None),
    ],
)
def test_a_with_statement_is_read_or_it_is_said_that_it_is_not(source: str, expected: tuple[str, ...] | None) -> None:
    lines = source.splitlines()
    function = "<lambda>" if "lambda" in source else "<module>" if "def " not in source else "f"
    line = next(number for number, text in enumerate(lines, 1) if "here()" in text)

    assert python_locks.held(Frame(function, Language.PYTHON, "x.py", line), lambda _: lines) == expected


def test_who_waits_for_an_rwlock_shows_what_one_of_its_name_is() -> None:
    lines = ["fn f(&self) {", "let kept = self.state.table.write();", "here();", "self.table.read();", "}"]
    (held_,) = guards.still_held(Frame("f", Language.RUST, "x.rs", 3), (), lambda _: lines) or ()
    frame = Frame("f", Language.RUST, "x.rs", 4)
    wanted = [guards.wanted(frame, lambda _: lines, word) for word in ("RwLock", "Mutex", "")]

    assert not held_.certain
    assert [held_.is_sure(each) for each in wanted if each] == [True, False, False]
