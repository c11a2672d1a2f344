from __future__ import annotations

import inspect

import pytest

from pyo3ops.checks import verdict
from pyo3ops.checks.verdict import Verdict
from pyo3ops.core.model import Fix, Location, Status

FIX = Fix("mend it")
WHERE = Location("Cargo.toml", 3)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (verdict.ok("fine"), Verdict(Status.OK, "fine", (), None, None)),
        (verdict.ok("fine", ["why"]), Verdict(Status.OK, "fine", ("why",), None, None)),
        (verdict.skip("no crate"), Verdict(Status.SKIP, "no crate", (), None, None)),
        (verdict.unknown("no answer"), Verdict(Status.UNKNOWN, "no answer", (), None, None)),
        (verdict.unknown("no answer", FIX), Verdict(Status.UNKNOWN, "no answer", (), FIX, None)),
        (verdict.warn("old", FIX), Verdict(Status.WARN, "old", (), FIX, None)),
        (verdict.warn("old", FIX, (each for each in "ab"), WHERE), Verdict(Status.WARN, "old", ("a", "b"), FIX, WHERE)),
        (verdict.fail("gone", FIX), Verdict(Status.FAIL, "gone", (), FIX, None)),
        (verdict.fail("gone", FIX, ["a"], WHERE), Verdict(Status.FAIL, "gone", ("a",), FIX, WHERE)),
    ],
)
def test_each_status_has_its_function(made: Verdict, expected: Verdict) -> None:
    assert made == expected


@pytest.mark.parametrize("judge", [verdict.warn, verdict.fail])
def test_what_is_to_mend_has_a_fix(judge: object) -> None:
    assert callable(judge)
    fix = inspect.signature(judge).parameters["fix"]
    assert (fix.default, fix.annotation) == (inspect.Parameter.empty, "Fix")
