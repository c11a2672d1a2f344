from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from pyo3ops.wheels import trial

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.project import Project

JUNIT = '<testsuites><testsuite tests="7" failures="1" errors="1" skipped="2"/></testsuites>'


def project(root: Path, pyproject: str | None) -> Project:
    if pyproject is not None:
        (root / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    return cast("Project", SimpleNamespace(root=root))


@pytest.mark.parametrize(
    ("pyproject", "expected"),
    [
        (None, trial.TestRequirements()),
        ("[project]\n", trial.TestRequirements()),
        (
            '[dependency-groups]\ntest = ["pytest"]\ndev = ["x"]\n',
            trial.TestRequirements(("pytest",), "", "dependency group test"),
        ),
        (
            '[dependency-groups]\nbase = ["pytest"]\ndev = ["x", {include-group = "base"}, {include-group = "dev"}]\n',
            trial.TestRequirements(("x", "pytest"), "", "dependency group dev"),
        ),
        ('[project.optional-dependencies]\ntests = ["pytest"]\n', trial.TestRequirements((), "tests", "extra tests")),
    ],
)
def test_what_the_tests_need(tmp_path: Path, pyproject: str | None, expected: trial.TestRequirements) -> None:
    assert trial.test_requirements(project(tmp_path, pyproject)) == expected


@pytest.mark.parametrize(("text", "expected"), [(JUNIT, (3, 2, 2)), ("<broken", (0, 0, 0)), ("<a/>", (0, 0, 0))])
def test_counts(tmp_path: Path, text: str, expected: tuple[int, int, int]) -> None:
    (tmp_path / "junit.xml").write_text(text, encoding="utf-8")
    assert trial.counts(tmp_path / "junit.xml") == expected


def test_counts_of_no_file(tmp_path: Path) -> None:
    assert trial.counts(tmp_path / "junit.xml") == (0, 0, 0)


@pytest.mark.parametrize(
    "text",
    [
        "dependency-groups = 7",
        '[dependency-groups]\ntest = "pytest"',
        '[dependency-groups]\ntest = [{include-group = ["a"]}, 3]',
        'project = "p"',
        '[project]\noptional-dependencies = ["pytest"]',
    ],
)
def test_what_is_no_list_of_requirements_is_none(text: str, tmp_path: Path) -> None:
    assert trial.test_requirements(project(tmp_path, text)).requirements == ()
