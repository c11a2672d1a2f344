"""The plan beside what five projects really published: as it comes, and with the settings that say what they chose.

What was published, and what the sdists say, is recorded by ci/recorders/published.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.core import toml
from pyo3ops.wheels.compared import compare
from pyo3ops.wheels.planned import planned

if TYPE_CHECKING:
    from pyo3ops.wheels.planned import PlannedSet

FOLDER = Path(__file__).parents[2] / "data" / "wheels" / "published"
NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))


def published(name: str) -> list[str]:
    return [line for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"]


def set_of(name: str, project_of: Any, *, settings: bool) -> PlannedSet:
    record = toml.load(FOLDER / f"{name}.toml")
    facts = record["project"]
    project = project_of(
        facts["pyo3"],
        tuple(facts["features"]),
        record["tool"]["pyo3ops"] if settings else None,
        name=facts["name"],
        version=facts["version"],
        classifiers=facts["classifiers"],
        requires_python=facts["requires-python"],
    )
    return planned(project)


@pytest.mark.parametrize("name", NAMES)
def test_settings_reproduce_the_release_file_for_file(name: str, project_of: Any) -> None:
    wanted = set_of(name, project_of, settings=True)
    found = compare(wanted, published(name))
    assert (found.missing, found.others) == ((), ())
    assert found.complete
    assert wanted.count == len(published(name)) > 50


@pytest.mark.parametrize(
    ("name", "both", "only_planned", "only_published"),
    [
        # Each published and planned file is one of these; the settings beside the names say why they differ.
        ("cryptography", 19, 3, 40),
        ("jiter", 36, 0, 69),
        ("nh3", 6, 2, 46),
        ("pydantic-core", 36, 0, 104),
        ("rpds-py", 36, 0, 92),
    ],
)
def test_without_settings(name: str, both: int, only_planned: int, only_published: int, project_of: Any) -> None:
    found = compare(set_of(name, project_of, settings=False), published(name))
    there = len(found.there) + (found.sdist is not None)
    assert (there, len(found.missing), len(found.others)) == (both, only_planned, only_published)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_less_or_more_is_told(name: str, project_of: Any) -> None:
    wanted, files = set_of(name, project_of, settings=True), published(name)
    for file in files[:: len(files) // 5]:
        found = compare(wanted, [each for each in files if each != file])
        assert len(found.missing) + found.sdist_missing == 1
        assert not found.others
        twice = compare(wanted, [*files, file])
        assert [name for name, _ in twice.others] == [file]
