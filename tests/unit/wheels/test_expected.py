"""The expected verdicts on plans and planted faults are ones that can be held."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from pyo3ops.core import toml
from pyo3ops.core.model import Status
from pyo3ops.core.pyo3 import release_of
from pyo3ops.core.pythons import PythonVersion

DATA = Path(__file__).parents[2] / "data" / "wheels"
PLANS = toml.load(DATA / "plans.toml")["plan"]
FAULTS = toml.load(DATA / "faults.toml")


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan["name"])
def test_a_plan_is_of_known_things(plan: dict[str, Any]) -> None:
    assert release_of(plan["pyo3"])
    assert SpecifierSet(plan["requires"])
    pythons = [PythonVersion.parse(text) for text in plan["pythons"]]
    assert pythons == sorted(pythons, key=lambda python: (python.minor, python.free_threaded))
    assert ("files" in plan) != ("refused" in plan)
    wheels = [each for each in plan.get("files", ()) if each != "sdist"]
    assert "sdist" in plan.get("files", ["sdist"])
    for wheel in wheels:
        tags, target = wheel.split(" ")
        python, abi = tags.split("-")
        assert PythonVersion.parse(python).minor >= 8
        assert abi in ("abi3", "abi3t") or PythonVersion.parse(abi).minor == PythonVersion.parse(python).minor
        assert target in plan["targets"]
    assert len(set(wheels)) == len(wheels)


def test_a_fault_has_one_finding_and_nothing_stands_twice() -> None:
    names = [each["name"] for kind in ("fault", "sound") for each in FAULTS[kind]]
    assert len(set(names)) == len(names)
    for fault in FAULTS["fault"]:
        assert fault.keys() == {"name", "plant", "finds", "status"}
        assert fault["finds"].startswith("wheels.")
        assert Status(fault["status"]) in (Status.WARN, Status.FAIL)
    assert len(FAULTS["fault"]) >= 25
    assert all(each.keys() == {"name", "plant"} for each in FAULTS["sound"])
