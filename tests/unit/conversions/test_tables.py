"""A survey in tables: who is meant, what is taken, what is refused with which words."""

from __future__ import annotations

import pytest

from pyo3ops.conversions import rows, tables
from pyo3ops.conversions.survey import Answer, Asked, Combination, Outcome, Spread, recorded

ROWS = rows.load()
EVERYONE = tuple(
    Combination(f"3.{minor}", "", line, "", f"{minor // 3}.0")
    for minor in range(8, 14)
    for line in ("0.29", "0.30")
    if (minor, line) != (8, "0.30")
)


def those(*pythons: str, line: str = "") -> list[Combination]:
    return [each for each in EVERYONE if each.python in pythons and each.pyo3.startswith(line)]


@pytest.mark.parametrize(
    ("chosen", "argument", "words"),
    [
        (those("3.8", "3.9", "3.10"), "1", "Python 3.8 to 3.10"),
        (those("3.13"), "1", "Python 3.13"),
        (those("3.8", "3.10", "3.11"), "1", "Python 3.8, 3.10 to 3.11"),
        ([each for each in EVERYONE if each.pyo3 == "0.30"], "1", "PyO3 0.30"),
        (those("3.12", "3.13", line="0.30"), "1", "Python 3.12 to 3.13 with PyO3 0.30"),
        ([each for each in EVERYONE if each.numpy == "4.0"], "numpy.int32(7)", "numpy 4.0"),
        ([each for each in EVERYONE if each.numpy == "4.0"], "7", "Python 3.12 to 3.13"),
    ],
)
def test_combinations_are_named_in_few_words(chosen: list[Combination], argument: str, words: str) -> None:
    assert tables.who(chosen, EVERYONE, argument) == words


def test_what_is_taken_is_told_by_type() -> None:
    gives, refuses = Outcome("gives", "1", "int"), Outcome("raises", "TypeError", "no")
    asked = Asked(EVERYONE[0], ("int", "int", "str", None), {})
    assert tables.takes(Answer(gives, (gives, refuses, refuses, gives)), asked, "int") == "int"
    assert tables.takes(Answer(gives, (gives, gives, gives, gives)), asked, "int") == "anything"
    assert tables.takes(Answer(gives, (refuses,) * 4), asked, "uuid.UUID") == "uuid.UUID"
    assert tables.takes(Answer(Outcome("dies", "SIGSEGV"), ()), asked, "int") == "dies: SIGSEGV"


def test_refusals_in_the_same_words_share_a_line() -> None:
    asked = recorded().of("3.13", "0.29")
    assert asked is not None
    found = tables.refused(asked.answers["i64"], ROWS, asked)
    words = ("TypeError", "'T' object cannot be interpreted as an integer")
    assert {"1.5", "'a'", "[1, 2, 3]", "Point(1.0, 2.0)"} <= set(found[words])
    assert found["OverflowError", "Python int too large to convert to C long"] == ["2**100"]


@pytest.mark.parametrize(
    ("message", "kind", "general"),
    [
        ("'int' object is no str", "int", "'T' object is no str"),
        ("'numpy.int32' object is no str", "numpy.int32", "'T' object is no str"),
        ("'builtins.Point' object is no str", "Point", "'T' object is no str"),
        (
            "expected str, bytes or os.PathLike object, not int",
            "int",
            "expected str, bytes or os.PathLike object, not T",
        ),
        ("expected str, not int32", "numpy.int32", "expected str, not T"),
        ("int is too large", "int", "int is too large"),
    ],
)
def test_a_message_names_the_type_of_its_argument_by_a_letter(message: str, kind: str, general: str) -> None:
    assert tables._of_any_type(message, kind) == general


def test_costs_are_shown_where_they_were_measured() -> None:
    asked = recorded().of("3.13", "0.29")
    assert asked is not None
    chosen = [row for row in ROWS.rows if row.name in ("Vec<u8>", "&[u8]")]
    table = tables.overview(asked, chosen)
    assert [column.title for column in table.columns][-4:] == ["in", "9 in 10", "an element", "out"]
    copied, borrowed = (dict(zip((column.title for column in table.columns), row)) for row in table.rows)
    assert (copied["data"], borrowed["data"]) == ("copied", "borrowed")
    assert copied["heap"] == 11
    assert borrowed["heap"] == 0


def test_less_than_nothing_is_nothing() -> None:
    assert tables._ns(-3.2) == 0
    assert tables._ns(3.26, 2) == 3.26
    assert tables._ns(32.6, 2) == 33
    assert tables.per_element(Spread(-1.0, -2.0, 3.0)) == 0
    assert tables.per_element(Spread(0.0226, 0.0, 1.0)) == 0.02
    assert tables.per_element(Spread(7.55, 7.0, 8.0)) == 7.5
    assert tables.per_element(Spread(123.4, 99.0, 200.0)) == 123
