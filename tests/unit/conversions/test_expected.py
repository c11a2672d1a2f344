"""The expected verdicts on conversions can be asked of an interpreter: every name in them means something."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from pyo3ops.core import toml

EXPECTED = toml.load(Path(__file__).parents[2] / "data" / "conversions" / "expected.toml")


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    made: dict[str, Any] = {}
    exec(EXPECTED["names"]["code"], made)  # noqa: S102 - our own
    return made


@pytest.mark.parametrize("row", EXPECTED["type"], ids=lambda row: row["rust"])
def test_every_argument_can_be_made_and_every_verdict_is_one(row: dict[str, Any], names: dict[str, Any]) -> None:
    arguments = [case["argument"] for case in row["cases"]]
    assert len(set(arguments)) == len(arguments)
    for case in row["cases"]:
        eval(case["argument"], names)  # noqa: S307 - our own
        (verdict,) = case.keys() - {"argument"}
        if verdict == "raises":
            assert case["raises"] == "PanicException" or issubclass(getattr(builtins, case["raises"]), Exception)
        else:
            assert verdict == "gives"
            eval(case["gives"], names)  # noqa: S307 - our own


def test_there_are_enough_of_them_and_each_type_stands_once() -> None:
    types = [row["rust"] for row in EXPECTED["type"]]
    assert len(set(types)) == len(types)
    assert sum(len(row["cases"]) for row in EXPECTED["type"]) >= 100
