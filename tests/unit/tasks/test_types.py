"""Judging what probes say, and keeping them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from pyo3ops.conversions import rows, survey
from pyo3ops.conversions.rows import Case, Row
from pyo3ops.conversions.survey import Answer, Asked, Combination, Outcome
from pyo3ops.core.model import Status
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tasks import probes, types

if TYPE_CHECKING:
    from pathlib import Path

HERE = Combination("3.13", "3.13.0", "0.29", "0.29.3", "")
GIVES, REFUSES = Outcome("gives", "7", "int"), Outcome("raises", "TypeError", "no")


def row(*cases: Case) -> Row:
    return Row("u8", "primitives", "int", "u8", "u8", "u8", "x", "7", cases=cases)


@pytest.mark.parametrize(
    ("case", "outcome", "alike", "expected"),
    [
        (Case("7", gives="7"), GIVES, True, True),
        (Case("7", gives="8"), GIVES, False, False),
        (Case("7", gives="7"), REFUSES, False, False),
        (Case("7", raises="TypeError"), REFUSES, False, True),
        (Case("7", raises="ValueError"), REFUSES, False, False),
        (Case("7", raises="TypeError"), GIVES, False, False),
        (Case("7", dies="SIGSEGV"), Outcome("dies", "SIGSEGV"), False, True),
        (Case("7", dies="SIGSEGV"), Outcome("dies", "SIGABRT"), False, False),
    ],
)
def test_an_outcome_is_as_expected_or_not(case: Case, outcome: Outcome, alike: bool, expected: bool) -> None:  # noqa: FBT001 - rows of a table
    asked = Asked(HERE, (), {})
    (finding,) = types._edges(asked, [row(case)], {"u8": {"7": (outcome, alike)}})
    assert finding.status is (Status.OK if expected else Status.FAIL)
    assert finding.detail == f"{int(expected)} of 1 on Python 3.13, PyO3 0.29"
    assert bool(finding.evidence) is not expected


def test_cases_of_another_python_and_of_a_missing_module_do_not_count() -> None:
    cases = Case("7", gives="7"), Case("8", gives="8", until=PythonVersion(12)), Case("numpy.int8(1)", gives="1")
    said = {"7": (GIVES, True), "numpy.int8(1)": (Outcome("absent", "numpy"), False)}
    (finding,) = types._edges(Asked(HERE, (), {}), [row(*cases)], {"u8": said})
    assert finding.status is Status.OK
    assert finding.detail == "1 of 1 on Python 3.13, PyO3 0.29"


def test_what_is_unlike_the_record_is_named() -> None:
    before = survey.recorded().of("3.13", "0.29")
    assert before is not None
    (chosen,) = (each for each in rows.load().rows if each.name == "i64")
    assert list(types._unlike_recorded(before, [chosen])) == []
    panel = (GIVES, *before.answers["i64"].panel[1:])
    changed = Asked(before.combination, before.types, {"i64": Answer(GIVES, panel)})
    (finding,) = types._unlike_recorded(changed, [chosen])
    assert finding.status is Status.WARN
    assert finding.detail.startswith("1 of 65 arguments are treated otherwise than with Python 3.13")
    assert finding.evidence == (f"None: was {before.answers['i64'].panel[0]}, is 7",)


def test_probes_that_nobody_used_for_long_are_removed(tmp_path: Path) -> None:
    for name, days in (("cp313-old", 20), ("cp313-new", 1), ("cp312-old", 20)):
        (tmp_path / name).mkdir()
        (tmp_path / name / probes.READY).touch()
        then = time.time() - days * 86400
        os.utime(tmp_path / name / probes.READY, (then, then))
    probes._forget(tmp_path, "cp313")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cp312-old", "cp313-new"]


def test_what_is_missing_to_build_is_named(tmp_path: Path) -> None:
    assert probes.missing({"PATH": str(tmp_path)}) == "cargo and maturin"
    for name in ("cargo", "maturin"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    assert probes.missing({"PATH": str(tmp_path)}) is None
