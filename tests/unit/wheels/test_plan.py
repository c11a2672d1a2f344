"""The planned set of wheels, held against what was expected before anything derived it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pyo3ops.core import toml
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.project import StableAbi
from pyo3ops.core.pyo3 import release_of
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.wheels.plan import Wanted, plan

PLANS = toml.load(Path(__file__).parents[2] / "data" / "wheels" / "plans.toml")["plan"]


def wanted(row: dict[str, Any]) -> Wanted:
    release = release_of(row["pyo3"])
    assert release
    matches = [re.fullmatch(r"(abi3t?)(?:-(py3\d+))?", feature) for feature in row["features"]]
    stable = [
        StableAbi(match[1], PythonVersion.parse(match[2].replace("py", "cp")) if match[2] else None)
        for match in matches
        if match
    ]
    pythons = tuple(PythonVersion.parse(text) for text in row["pythons"])
    targets, switched = tuple(row["targets"]), row.get("switched", False)
    return Wanted(release, tuple(stable), pythons, row["requires"], targets, switched=switched)


@pytest.mark.parametrize("row", PLANS, ids=lambda row: row["name"])
def test_the_set_is_the_expected_one(row: dict[str, Any]) -> None:
    if "refused" in row:
        with pytest.raises(ConfigError) as caught:
            plan(wanted(row))
        assert row["refused"] in f"{caught.value.message} {caught.value.cause}"
        return
    found = plan(wanted(row))
    assert sorted(["sdist", *map(str, found)]) == sorted(row["files"])
    covered = [python for each in found if each.target == row["targets"][0] for python in each.interpreters.covers]
    assert sorted(map(str, covered)) == sorted(row["pythons"])
    assert all(each.interpreters.reason for each in found)
