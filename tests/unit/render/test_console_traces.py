from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.core.model import Call, Fact, SourceLine, Trace
from pyo3ops.render.console_traces import VARIABLES, lines

if TYPE_CHECKING:
    from pyo3ops.core.model import Report


def text(trace: Trace, width: int = 80, *, verbose: bool = False, here: str = "", unicode: bool = True) -> list[str]:
    shown = lines(trace, width, verbose=verbose, here=here, unicode=unicode)
    return [" " * indent + each.plain for each, indent in shown]


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
    assert text(Trace("t", (Call("f" * 90, "rust"),)), 60)[1:] == [f"  rust   {'f' * 51}", f"         {'f' * 39}"]


def test_a_path_is_told_from_the_folder_where_the_user_is() -> None:
    trace = Trace("t", (Call("f", "python", path="/srv/app/a.py", line=3), Call("g", "python", path="/srv/apple/b.py")))
    assert text(trace, here="/srv/app")[1:] == ["  python f  a.py:3", "  python g  /srv/apple/b.py"]
    assert text(trace, here="")[1] == "  python f  /srv/app/a.py:3"


def test_a_long_path_loses_its_middle_and_keeps_its_end() -> None:
    call = Call("f" * 30, "rust", path=f"/home/ada/{'deeply/' * 9}src/hang.rs", line=37)
    (place,) = text(Trace("t", (call,)), 50)[2:]
    assert (len(place), place) == (50, "         /home/ada/deeply/d…/deeply/src/hang.rs:37")
    assert ".../deeply/src/hang.rs:37" in text(Trace("t", (call,)), 50, unicode=False)[2]
    assert text(Trace("t", (call,)), 50, verbose=True)[2].strip() == call.place


def test_a_name_that_fills_the_screen_loses_its_parameters() -> None:
    name = f"x::job<{'x::y<x::z>, ' * 40}u8>::execute"
    trace = Trace("t", (Call(name, "rust"),))
    assert text(trace, 60)[1].strip().endswith("x::job<…>::execute")
    assert text(trace, 60, unicode=False)[1].strip().endswith("x::job<...>::execute")
    assert name in "".join(each.strip() for each in text(trace, 10_000, verbose=True))


def test_source_is_cut_and_never_wrapped() -> None:
    source = (SourceLine(8, "        if ready:"), SourceLine(9, f"            go({'x' * 70})", current=True))
    trace = Trace("t", (Call("f", "python", own=True, source=source),))
    assert text(trace, 120)[2:] == [
        "              8 |         if ready:",
        f"         >    9 |             go({'x' * 70})",
    ]
    narrow = text(trace, 40)[2:]
    assert narrow == ["              8 | if ready:", "         >    9 |     go(xxxxxxxxxxxxxx…"]
    assert max(map(len, text(trace, 40, unicode=False))) == 40
    assert text(trace, 40, unicode=False)[-1].endswith("xxx...")


def test_a_value_takes_two_lines_at_the_most() -> None:
    trace = Trace("t", (Call("f", "python", variables=(Fact("v", "x" * 400),)),))
    assert len(text(trace, 60)[2]) == 11 + 2 * 49
    assert text(trace, 60)[2].endswith("x…")
    assert text(trace, 60, verbose=True)[2].strip() == f"v = {'x' * 400}"


def test_many_variables_are_cut_unless_all_are_asked_for() -> None:
    call = Call("f", "python", variables=tuple(Fact(f"v{number}", "1") for number in range(VARIABLES + 3)))
    assert text(Trace("t", (call,)))[-1].strip() == "and 3 more variables (--verbose)"
    assert text(Trace("t", (call,)), verbose=True)[-1].strip() == f"v{VARIABLES + 2} = 1"
