from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks import variables
from pyo3ops.checks.facts.machine import ActiveEnvironment
from pyo3ops.checks.verdict import fail, ok, skip, warn
from pyo3ops.core.model import Fix
from pyo3ops.core.project import Backend

if TYPE_CHECKING:
    from pyo3ops.core.project import Project

    MakeProject = Callable[..., Project]


@pytest.mark.parametrize(
    ("virtualenv", "conda", "detail"),
    [
        (None, None, "none is active"),
        ("/venv", None, "/venv"),
        (None, "/conda", "/conda"),
        ("/same", "/same", "/same"),
    ],
)
def test_environment(virtualenv: str | None, conda: str | None, detail: str, make_project: MakeProject) -> None:
    active = ActiveEnvironment(virtualenv, conda, exists=True, nox_session=False)
    assert variables.environment(active, make_project(), None) == ok(detail)


@pytest.mark.parametrize(("backend", "judge"), [(Backend.MATURIN, fail), (Backend.SETUPTOOLS_RUST, warn)])
def test_two_environments(backend: Backend, judge: Callable[..., object], make_project: MakeProject) -> None:
    active = ActiveEnvironment("/venv", "/conda", exists=True, nox_session=False)
    fix = Fix("leave one of them: `conda deactivate`, or `deactivate` for the virtual environment")
    evidence = ["VIRTUAL_ENV=/venv", "CONDA_PREFIX=/conda"]
    expected = judge("VIRTUAL_ENV and CONDA_PREFIX are both set", fix, evidence)
    assert variables.environment(active, make_project(backend=backend), None) == expected


def test_an_environment_that_is_gone(make_project: MakeProject) -> None:
    fix = Fix("make it anew, or leave it (`deactivate`)", ("python3", "-m", "venv", "/venv"), safe=True)
    active = ActiveEnvironment("/venv", None, exists=False, nox_session=False)
    assert variables.environment(active, make_project(), None) == warn("the active environment /venv is gone", fix)


def test_the_environment_of_a_nox_session_is_not_judged(make_project: MakeProject) -> None:
    active = ActiveEnvironment("/.nox/a", "/conda", exists=False, nox_session=True)
    assert variables.environment(active, make_project(), None) == skip("a Nox session made the active environment")
