from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pyo3ops.core.model import Status
from pyo3ops.debug.breakpoints import verdict, where
from pyo3ops.debug.breakpoints.command import Command
from pyo3ops.debug.breakpoints.records import Outcome, Seen, Stop
from pyo3ops.debug.breakpoints.rust_names import Resolved, Target
from pyo3ops.debug.breakpoints.session import Place, Plan

SEEN = Seen((), (), 0, None, "", "/x/pyo3ops_breakpoints.py", replaced=False, problem="", seconds=1.0)
FOUND = Outcome(found=(("x", 1),))


def told(
    text: str, outcome: Outcome, seen: Seen = SEEN, resolved: Resolved | None = None, python: str = "3.12.1"
) -> str:
    place = Place(where.PANIC if text == "panic" else where.parse(text), resolved)
    plan = Plan(Command(Path("python"), (), python, ()), (place,), {}, Path(__file__).parent)
    found = list(verdict.findings(plan, replace(seen, outcomes=(outcome,))))
    return "; ".join(f"{each.status.value}: {each.detail}" for each in found)


@pytest.mark.parametrize(
    ("text", "outcome", "said"),
    [
        ("a.py:3", Outcome(hits=1), ""),
        ("a.py:3", Outcome(hits=1, complaint="NameError"), "warn: NameError: it stopped each time"),
        ("a.py:3", Outcome(complaint="refused"), "warn: the debugger refused it: refused"),
        ("a.py:3", FOUND, "warn: it was found, and not reached"),
        ("a.py::f", FOUND, "warn: it was found, and not called"),
        ("a.py:3 if n", FOUND, "warn: it was found, and not reached, or `n` never held"),
        ("a.py:3", Outcome(), "warn: no file a.py was run, and none is here"),
        (Path(__file__).name + ":3", Outcome(), f"warn: {Path(__file__).name} was never run or imported"),
        ("a.py:3", Outcome(beyond=True), "warn: a.py has no code at line 3, or after it"),
        ("a.py::fnu", Outcome(names=("fun",)), "warn: a.py has no function fnu; it has fun"),
        ("a:fnu", Outcome(names=()), "warn: a has no function fnu"),
        ("a.b:f", Outcome(), "warn: a.b was never imported"),
        ("x.rs:1", Outcome(), "warn: no library that was loaded has lines of x.rs"),
        (
            "x.rs:1",
            FOUND,
            (
                "warn: it was found, and not reached; in optimised code it may be a part of others: "
                "stop at the function, or build with `dev`"
            ),
        ),
        (
            "a::f",
            Outcome(3, (("x.rs", 4), ("x.rs", 9)), unsure=2),
            (
                "warn: with line tables alone, and without the source, 2 functions of this name are stopped at: "
                "it is not known whose"
            ),
        ),
        ("x.rs:9", Outcome(beyond=True), "warn: x.rs has no code at line 9, or after it"),
        (
            "x.rs:9",
            Outcome(beyond=True, near=(4, 5)),
            "warn: x.rs has no code at line 9, or after it; the last line that has some is 5",
        ),
        ("x.rs:1", Outcome(3, (("x.rs", 4),), moved=4), "warn: x.rs:1 has no code; it stops at line 4"),
        ("a.py:1", Outcome(3, (("a.py", 2),), moved=2), "warn: a.py:1 has no code; it stops at line 2"),
        ("panic", FOUND, "ok: nothing panicked"),
        ("panic", Outcome(), "warn: no Rust library with symbols was loaded"),
    ],
)
def test_why_it_was_not_reached(text: str, outcome: Outcome, said: str) -> None:
    assert told(text, outcome) == said


@pytest.mark.parametrize(("text", "came"), [("a.py:3", "the program came there"), ("a::f", "it was called")])
def test_what_the_limit_cut_off_is_not_called_unreached(text: str, came: str) -> None:
    place = Place(where.parse(text))
    plan = Plan(Command(Path("python"), (), "3.12.1", ()), (place,), {}, Path(__file__).parent, limit=2)
    stops = (Stop("python", (1,)), Stop("python", (1,)))
    (found,) = verdict.findings(plan, replace(SEEN, stops=stops, outcomes=(FOUND,)))
    assert found.detail == f"stopping ended at --limit 2, before {came}"
    assert found.fix is not None
    assert found.fix.summary == "stop more often: --limit 8"


def test_why_a_rust_function_was_not_reached() -> None:
    assert told("a::f", FOUND).startswith("warn: it was found, and not reached; where the compiler put it")
    assert (
        told("a::f", Outcome(), resolved=Resolved((Target("a::f", ("_ZN",)),)))
        == "warn: the library that has it was not loaded"
    )
    doubt = Resolved((Target("a::f"),), "f", (), "it is inlined")
    assert told("a::f", Outcome(), resolved=doubt).endswith("has a function of this name: it is inlined")


def test_what_keeps_python_from_stopping() -> None:
    assert "did not import" in told("a.py:3", FOUND, replace(SEEN, bootstrap=None))
    assert "a trace function of its own" in told("a.py:3", FOUND, replace(SEEN, replaced=True))
    assert "threads that Rust" not in told("a.py:3", FOUND, python="3.11.2")
    unwatched = replace(SEEN, unwatched="no interpreter")
    assert told("a.py:3", FOUND, unwatched, python="3.11.2").endswith("were not watched: no interpreter")
    assert told("a.py:3", FOUND, replace(SEEN, debugged=False), python="3.11.2").endswith("that takes gdb")
    assert "threads that Rust" not in told("a.py:3", FOUND, unwatched)


def test_whoever_warns_knows_what_to_do_about_a_condition() -> None:
    for text, part in (("a.py:3 if n", "in Python"), ("a::f if n", "as gdb takes it")):
        plan = Plan(Command(Path("python"), (), "3.8.0", ()), (Place(where.parse(text)),), {}, Path())
        (found,) = verdict.findings(plan, replace(SEEN, outcomes=(Outcome(hits=1, complaint="x"),)))
        assert found.status is Status.WARN
        assert found.fix is not None
        assert part in found.fix.summary


def test_other_processes_are_told() -> None:
    forked = told("a.py:3", Outcome(1, elsewhere=2))
    assert forked == "warn: 2 processes that the program forked came there, too, where nothing stops"
    assert told("a.py:3", FOUND, replace(SEEN, children=True)).endswith("are not watched")
    assert told("a.py:3", Outcome(1), replace(SEEN, children=True)) == ""


def test_which_libraries_were_loaded_is_told(tmp_path: Path) -> None:
    rust = tmp_path / "mine.so"
    rust.write_bytes(b"\x7fELF ... rust_panic ...")
    none = replace(SEEN, loaded=(str(Path(__file__)),))
    assert told("x.rs:1", Outcome(), none) == "warn: the program loaded no Rust extension"
    one = replace(SEEN, loaded=(*none.loaded, str(rust)))
    assert told("x.rs:1", Outcome(), one) == "warn: no library that was loaded has lines of x.rs (mine.so)"
