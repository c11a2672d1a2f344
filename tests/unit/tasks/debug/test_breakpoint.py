from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Status
from pyo3ops.debug.breakpoints import where
from pyo3ops.debug.breakpoints.command import Command
from pyo3ops.debug.breakpoints.records import Outcome, Seen, Stop
from pyo3ops.debug.breakpoints.rust_names import Resolved, Target
from pyo3ops.debug.breakpoints.session import Place, Plan
from pyo3ops.tasks.debug import breakpoint as task
from pyo3ops.tasks.debug import breakpoint_report as told

SEEN = Seen((), (), 0, None, "", "/x", replaced=False, problem="", seconds=1.0)
COMMAND = Command(Path("python"), (), "3.12.1", ())
PLAN = Plan(COMMAND, (), {}, Path("/work"))
REQUEST = task.Request({})


def test_a_condition_of_its_own_comes_before_that_of_all() -> None:
    request = replace(REQUEST, where=("a.py:3 if n", "b.py:4", "b.py:4"), condition="m", on_panic=True)
    found = task._wheres(request)
    assert [(each.text, each.condition) for each in found] == [("a.py:3", "n"), ("b.py:4", "m"), ("--on panic", None)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "no place to stop at is named"),
        ({"where": ("a.py:3",), "ignore": -1}, "counted from 1"),
        ({"where": ("a.py:3",), "limit": 0}, "counted from 1"),
        ({"where": ("a.txt:3",)}, "is no place to stop at"),
    ],
)
def test_what_cannot_be_asked_for(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        task._wheres(replace(REQUEST, **changes))  # type: ignore[arg-type] # fields by their names


def test_what_is_known_to_be_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    python, rust = (where.parse("a.py:3"),), (where.parse("a::b"),)
    closed = replace(COMMAND, closed="-I")
    task._possible(rust, closed, "gdb", REQUEST)
    with pytest.raises(UsageError, match="with -I this Python imports nothing"):
        task._possible(python, closed, "gdb", REQUEST)
    interactive = replace(REQUEST, interactive=True)
    monkeypatch.setattr(os, "isatty", lambda _: False)
    with pytest.raises(UsageError, match="needs a terminal"):
        task._possible(rust, COMMAND, "gdb", interactive)
    monkeypatch.setattr(os, "isatty", lambda _: True)
    with pytest.raises(UsageError, match="needs gdb"):
        task._possible(rust, COMMAND, None, interactive)
    task._possible(rust, COMMAND, "gdb", interactive)


@pytest.mark.parametrize(
    ("seen", "status", "detail"),
    [
        (SEEN, Status.OK, "it ended with 0"),
        (replace(SEEN, code=3), Status.FAIL, "it ended with 3"),
        (replace(SEEN, code=None, signal=11), Status.FAIL, "it was killed by SIGSEGV"),
        (replace(SEEN, code=None, signal=200), Status.FAIL, "it was killed by signal 200"),
        (replace(SEEN, code=None, how="timeout"), Status.FAIL, "it was ended after 600 s"),
        (replace(SEEN, code=None, how="interrupted"), Status.UNKNOWN, "it was interrupted"),
        (replace(SEEN, code=None, problem="gdb died"), Status.UNKNOWN, "the debugger ended before it: gdb died"),
        (replace(SEEN, code=None), Status.UNKNOWN, "it was ended with gdb"),
    ],
)
def test_how_a_program_ended(seen: Seen, status: Status, detail: str) -> None:
    found = told._ended(seen, PLAN, REQUEST)
    assert found.status is status
    assert found.detail.startswith(detail)


def test_a_program_that_a_user_ended_in_gdb_is_no_failure() -> None:
    assert told._ended(replace(SEEN, code=None), replace(PLAN, interactive=True), REQUEST).status is Status.SKIP


def test_the_last_stop_that_is_wanted_is_told() -> None:
    stop, lost = Stop("native", (0,)), Stop("signal", ())
    assert list(told._limited(replace(SEEN, stops=(stop, lost)), replace(REQUEST, limit=2))) == []
    (found,) = told._limited(replace(SEEN, stops=(stop, stop, lost)), replace(REQUEST, limit=2))
    assert (found.status, found.detail.partition(" stops")[0]) == (Status.SKIP, "after 2")
    assert list(told._limited(replace(SEEN, stops=(stop,) * 9), replace(REQUEST, limit=None))) == []


def test_looks_that_failed_are_told_once() -> None:
    stops = tuple(Stop("native", (0,), problem=text) for text in ("", "one", "two", "one"))
    (found,) = told._problems(replace(SEEN, stops=stops))
    assert (found.status, found.detail) == (Status.WARN, "one; two")


@pytest.mark.parametrize(
    ("outcome", "resolved", "said"),
    [
        (Outcome(), None, "-"),
        (
            Outcome(found=(("/work/src/lib.rs", 3), ("/work/src/lib.rs", 3), ("/other/x.rs", None))),
            None,
            "src/lib.rs:3, /other/x.rs",
        ),
        (Outcome(found=tuple((f"{number}.rs", 1) for number in range(5))), None, "0.rs:1, 1.rs:1, 2.rs:1 and 2 more"),
        # gdb before 13 has no word for where a breakpoint is.
        (Outcome(found=((None, None),)), Resolved((Target("a::b"), Target("c::b"))), "a::b, c::b"),
    ],
)
def test_where_a_breakpoint_was_found(outcome: Outcome, resolved: Resolved | None, said: str) -> None:
    assert told._found(Place(where.parse("a::b"), resolved), outcome, Path("/work")) == said


def test_a_table_has_a_row_for_each() -> None:
    places = (Place(where.parse("a.py:3 if n")), Place(where.PANIC, Resolved()))
    table = told._table(replace(PLAN, places=places), replace(SEEN, outcomes=(Outcome(2), Outcome())))
    assert table.rows == (("a.py:3 if n", "Python line", "-", 2), ("--on panic", "panic", "-", 0))


def test_without_gdb_and_python_places_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    request = task.Request({"PATH": ""}, ("x.rs:1",), (sys.executable, "-c", "open('ran', 'w')"))
    report = task.run(None, request)
    assert [(each.id, each.status) for each in report.findings] == [("debug.breakpoint.gdb", Status.UNKNOWN)]
    assert list(tmp_path.iterdir()) == []
