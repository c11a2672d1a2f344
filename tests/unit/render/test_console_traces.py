from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.core.model import Call, Fact, Trace
from pyo3ops.render.console_traces import VARIABLES, lines

if TYPE_CHECKING:
    from pyo3ops.core.model import Report


def text(trace: Trace, width: int = 80, *, verbose: bool = False) -> list[str]:
    return [" " * indent + each.plain for each, indent in lines(trace, width, verbose=verbose)]


def test_the_first_own_call_shows_what_is_around_it_and_the_others_their_line(report: Report) -> None:
    first = report.traces[0]
    again = Trace("t", (*first.calls, *(each for each in first.calls if each.source)))
    sources = [each for each in text(again) if " | " in each]
    assert [each.split("|")[0].split() for each in sources] == [["44"], [">", "45"], [">", "45"]]
    assert len([each for each in text(again, verbose=True) if " | " in each]) == 4


def test_a_place_without_room_has_a_line_of_its_own() -> None:
    call = Call("f" * 30, "rust", path="p" * 60, line=3)
    assert text(Trace("t", (call,)), 120)[1:] == [f"  rust   {'f' * 30}  {'p' * 60}:3"]
    assert text(Trace("t", (call,)), 80)[1:] == [f"  rust   {'f' * 30}", f"         {'p' * 60}:3"]


def test_many_variables_are_cut_unless_all_are_asked_for() -> None:
    call = Call("f", "python", variables=tuple(Fact(f"v{number}", "1") for number in range(VARIABLES + 3)))
    assert text(Trace("t", (call,)))[-1].strip() == "and 3 more variables (--verbose)"
    assert text(Trace("t", (call,)), verbose=True)[-1].strip() == f"v{VARIABLES + 2} = 1"
