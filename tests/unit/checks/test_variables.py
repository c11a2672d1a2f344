from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks import variables
from pyo3ops.checks.facts.machine import ActiveEnvironment
from pyo3ops.checks.facts.pythons import PathEntry, PythonHome
from pyo3ops.checks.verdict import fail, ok, skip, warn
from pyo3ops.core.model import Fix
from pyo3ops.core.project import Backend
from pyo3ops.tools.python import Interpreter, Interpreters

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


def test_pythonhome() -> None:
    fix = Fix("unset PYTHONHOME")
    assert variables.pythonhome(PythonHome(None)) == ok("not set")
    empty = fail("PYTHONHOME=/opt has no standard library: no Python starts", fix)
    assert variables.pythonhome(PythonHome("/opt")) == empty
    some = warn("PYTHONHOME=/opt: only python3.8, python3.9 starts", fix)
    assert variables.pythonhome(PythonHome("/opt", ("python3.8", "python3.9"))) == some


def test_pythonpath() -> None:
    assert variables.pythonpath(()) == ok("not set")
    fine, wrong = PathEntry("/fine"), PathEntry("/wrong", "hides things")
    assert variables.pythonpath((fine, PathEntry("/too"))) == ok("/fine, /too")
    fix = Fix("unset PYTHONPATH, or take those folders out of it")
    expected = warn("/wrong hides things", fix, ["/wrong: hides things"])
    assert variables.pythonpath((fine, wrong)) == expected


INACTIVE = ActiveEnvironment(None, None, exists=True, nox_session=False)


@pytest.mark.parametrize(
    ("managed", "active", "uv", "own", "detail"),
    [
        ((), INACTIVE, None, False, "there is a Python that no distribution manages"),
        ((True, False), INACTIVE, None, False, "there is a Python that no distribution manages"),
        ((True,), ActiveEnvironment("/venv", None, True, False), None, False, "an environment is active"),  # noqa: FBT003
        ((True,), ActiveEnvironment(None, "/conda", True, False), None, False, "an environment is active"),  # noqa: FBT003
        ((True,), INACTIVE, "/bin/uv", False, "uv makes environments"),
        ((True,), INACTIVE, None, True, "the project has a .venv"),
    ],
)
def test_pip_may_install(  # noqa: PLR0917 - a column each
    managed: tuple[bool, ...],
    active: ActiveEnvironment,
    uv: str | None,
    own: bool,  # noqa: FBT001
    detail: str,
    make_interpreter: Callable[..., Interpreter],
) -> None:
    working = tuple(make_interpreter(f"3.{8 + number}", managed=each) for number, each in enumerate(managed))
    interpreters = Interpreters(tuple(each.version for each in working), working, ())
    assert variables.externally_managed(interpreters, active, uv, own) == ok(detail)


def test_pip_refuses(make_interpreter: Callable[..., Interpreter]) -> None:
    python = make_interpreter("3.13", managed=True)
    fix = Fix("make an environment here", ("/opt/3.13/bin/python", "-m", "venv", ".venv"), safe=True)
    evidence = ["3.13 at /opt/3.13/bin/python is managed by the system"]
    expected = warn("pip refuses to install here, and no environment is active", fix, evidence)
    said = variables.externally_managed(Interpreters((python.version,), (python,), ()), INACTIVE, None, False)  # noqa: FBT003
    assert said == expected
