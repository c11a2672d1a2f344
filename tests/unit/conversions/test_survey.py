"""What probes said, kept and compared; and the survey that comes along with pyo3ops."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pyo3ops.conversions import rows, survey
from pyo3ops.conversions.crate import LINES
from pyo3ops.conversions.survey import Allocated, Answer, Asked, Combination, Outcome, Spread, Survey
from pyo3ops.core.pyo3 import release_of
from pyo3ops.core.pythons import PythonVersion

ROWS = rows.load()
RECORDED = survey.recorded()
GIVES = Outcome("gives", "7", "int")
REFUSES = Outcome("raises", "TypeError", "no")


def asked(python: str, pyo3: str = "0.29", numpy: str = "2.0", **answers: Answer) -> Asked:
    return Asked(Combination(python, f"{python}.1", pyo3, f"{pyo3}.3", numpy), ("int", "str"), answers)


def answer(*panel: Outcome, **more: object) -> Answer:
    return replace(Answer(GIVES, panel or (GIVES, REFUSES)), **more)  # type: ignore[arg-type] # a test knows the names


@pytest.mark.parametrize(
    ("said", "outcome", "text"),
    [
        ({"gives": "7", "type": "int"}, GIVES, "7"),
        ({"raises": "TypeError", "says": "no"}, REFUSES, "TypeError: no"),
        ({"raises": "KeyError", "says": ""}, Outcome("raises", "KeyError"), "KeyError"),
        (
            {"raises": "TypeError", "says": "no", "cause": "ValueError: why"},
            Outcome("raises", "TypeError", "no (because of ValueError: why)"),
            "TypeError: no (because of ValueError: why)",
        ),
        ({"absent": "numpy"}, Outcome("absent", "numpy"), "absent: numpy"),
        ({"dies": "SIGSEGV"}, Outcome("dies", "SIGSEGV"), "dies: SIGSEGV"),
    ],
)
def test_an_answer_is_read(said: dict[str, str], outcome: Outcome, text: str) -> None:
    assert Outcome.of(said) == outcome
    assert str(outcome) == text


def test_a_spread_is_what_nine_of_ten_lie_between() -> None:
    assert Spread.of([float(number) for number in range(101)]) == Spread(50.0, 5.0, 95.0)
    assert Spread(100.0, 50.0, 200.0).over(10) == Spread(10.0, 5.0, 20.0)


def test_what_is_written_is_read_again() -> None:
    full = answer(
        cases={"1": GIVES, "'a'": REFUSES},
        borrows=True,
        one=Allocated(8, 1, 0),
        many=Allocated(8000, 1, 64),
        costs={"take value": Spread(1.0, 0.5, 2.0)},
    )
    before = Survey(
        (
            replace(asked("3.8", i64=full), call={"empty": Spread(50.0, 49.0, 60.0)}),
            asked("3.13", i64=answer(REFUSES, GIVES), new=full),
        ),
        "a machine",
        "2026-11-23",
        "1.95.0",
    )
    text = survey.dumps(before)
    assert survey.loads(text) == before
    assert [line.partition(":")[0] for line in text.splitlines()[1:]] == ['"i64"', '"new"']


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 0}', "nonsense"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        survey.loads(text)


def test_differences_are_told_with_who_has_them() -> None:
    one, two = asked("3.8", i64=answer()), asked("3.13", i64=answer(GIVES, GIVES))
    (found,) = survey.differences(Survey((one, two)), ("7", "'a'"))
    assert (found.row, found.argument) == ("i64", "'a'")
    assert found.outcomes == ((REFUSES, (one.combination,)), (GIVES, (two.combination,)))


def test_a_module_that_is_missing_is_no_difference() -> None:
    absent = Outcome("absent", "numpy")
    both = Survey((asked("3.8", i64=answer(absent, REFUSES)), asked("3.13", i64=answer())))
    assert list(survey.differences(both, ("7", "'a'"))) == []


def test_every_supported_python_and_pyo3_is_recorded() -> None:
    wanted = {
        (f"3.{minor}", line)
        for minor in range(8, 14)
        for line in LINES
        for release in (release_of(line),)
        if release and release.python_min <= PythonVersion(minor)
    }
    assert {(each.combination.python, each.combination.pyo3) for each in RECORDED.asked} == wanted


@pytest.mark.parametrize("each", RECORDED.asked, ids=lambda each: str(each.combination))
def test_what_is_recorded_is_of_these_rows(each: Asked) -> None:
    here = ROWS.on(each.combination.version)
    assert set(each.answers) == {row.name for row in here.rows}
    assert len(each.types) == len(ROWS.panel)
    for row in here.rows:
        found = each.answers[row.name]
        assert len(found.panel) == len(ROWS.panel)
        assert found.back.kind == "gives", row.name
        assert (found.borrows is None) == (not row.address)
        cases = {case.argument: case for case in row.cases if case.holds_on(each.combination.version)}
        assert set(found.cases) == set(cases)
        for argument, case in cases.items():
            outcome = found.cases[argument]
            assert outcome.kind == ("gives" if case.gives is not None else "raises" if case.raises else "dies")
            assert case.gives is not None or outcome.what in (case.raises, case.dies)


def test_costs_are_recorded_of_the_newest_and_the_oldest() -> None:
    measured = {str(each.combination) for each in RECORDED.asked if each.call}
    assert measured == {"Python 3.8, PyO3 0.29", "Python 3.13, PyO3 0.29", "Python 3.13, PyO3 0.30"}
    assert RECORDED.machine
    assert RECORDED.date
    for each in RECORDED.asked:
        if each.call:
            # An iterator is at its end after one call: it cannot be handed over again and again.
            unmeasured = {name for name, found in each.answers.items() if not found.costs}
            assert unmeasured == {row.name for row in ROWS.rows if row.value.startswith("iter(")}
