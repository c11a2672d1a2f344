from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from pyo3ops.core.errors import ConfigError
from pyo3ops.core.model import Finding, Status
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tasks.wheels import cibuildwheel
from pyo3ops.tasks.wheels.cibuildwheel import Action, Request
from pyo3ops.tools.cibuildwheel import lines
from pyo3ops.wheels.cibuildwheel.arrangement import arrange
from pyo3ops.wheels.cibuildwheel.keys import Setting
from pyo3ops.wheels.cibuildwheel.project import Configured
from pyo3ops.wheels.cibuildwheel.table import merge
from pyo3ops.wheels.plan import Interpreters, PlannedWheel
from pyo3ops.wheels.platforms import System

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.wheels.planned import PlannedSet

BUILD = Setting("", "build", ("cp312-*",), "the plan")


def wheel(covers: str, target: str = "x86_64-unknown-linux-gnu") -> PlannedWheel:
    pythons = tuple(PythonVersion.parse(text) for text in covers.split())
    return PlannedWheel(Interpreters(pythons[0].tag, "abi3", pythons, ""), target)


def each(root: Path, text: str = "", *wheels: PlannedWheel) -> Configured:
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    planned = SimpleNamespace(name="a", floors=((System.GLIBC, (2, 17)), (System.MUSL, (1, 2))))
    arrangement = arrange(wheels or [wheel("3.12")], lines())
    merged = merge(text.encode(), (BUILD,))
    project = cast("Project", SimpleNamespace(root=root))
    return Configured(project, cast("PlannedSet", planned), arrangement, (BUILD,), merged, text.encode())


def found(one: Configured, action: Action = Action.SHOW, **more: Any) -> list[Finding]:
    return list(cibuildwheel._findings(one, Request({}, action=action, **more)))


STALE = '[tool.cibuildwheel]\nbuild = ["cp311-*"] # pyo3ops: the plan\n'
RIGHT = '[tool.cibuildwheel]\nbuild = ["cp312-*"] # pyo3ops: the plan\n'


@pytest.mark.parametrize(
    ("text", "action", "status"),
    [
        ("", Action.SHOW, Status.SKIP),
        ("", Action.CHECK, Status.FAIL),
        ("", Action.WRITE, Status.OK),
        (STALE, Action.SHOW, Status.WARN),
        (STALE, Action.CHECK, Status.FAIL),
        (STALE, Action.WRITE, Status.OK),
        (RIGHT, Action.SHOW, Status.OK),
        (RIGHT, Action.CHECK, Status.OK),
        (RIGHT, Action.WRITE, Status.OK),
    ],
)
def test_a_table_that_is_stale_fails_the_check(tmp_path: Path, text: str, action: Action, status: Status) -> None:
    one = each(tmp_path, text)
    (finding,) = found(one, action)
    assert (finding.id, finding.status) == (f"cibuildwheel.config.{tmp_path.name}", status)
    assert one.file.read_text(encoding="utf-8") == (RIGHT if action is Action.WRITE else text)
    if status is Status.FAIL:
        assert '+build = ["cp312-*"] # pyo3ops: the plan' in finding.evidence
        assert finding.fix is not None
        assert finding.fix.argv == ("pyo3ops", "wheels", "cibuildwheel", "--write")


def test_a_key_of_the_project_that_says_otherwise_is_shown_beside_ours(tmp_path: Path) -> None:
    one = each(tmp_path, '[tool.cibuildwheel]\nbuild = "cp313-*"\n')
    in_step, own = found(one, Action.CHECK)
    assert in_step.status is Status.OK
    assert (own.status, own.evidence) == (Status.WARN, ('here: "cp313-*"', 'by the plan: ["cp312-*"]'))
    assert own.fix is not None


def test_what_cibuildwheel_does_not_do_is_told(tmp_path: Path) -> None:
    wheels = (
        wheel("3.12", "x86_64-pc-windows-gnu"),
        wheel("3.8 3.15"),
        wheel("3.12", "armv7-unknown-linux-gnueabihf"),
    )
    rest = found(each(tmp_path, RIGHT, *wheels))[1:]
    name = tmp_path.name
    assert [(row.id, row.status) for row in rest] == [
        (f"cibuildwheel.without.{name}.x86_64-pc-windows-gnu", Status.WARN),
        (f"cibuildwheel.untested.{name}.cp315-manylinux_x86_64", Status.WARN),
        (f"cibuildwheel.floor.{name}.manylinux_armv7l", Status.WARN),
    ]
    assert all(row.fix for row in rest)


def test_the_table_is_shown_with_its_reasons(tmp_path: Path) -> None:
    assert cibuildwheel._table(each(tmp_path)).rows == (("build", '["cp312-*"]', "the plan"),)


def test_without_a_python_that_runs_it_there_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.version_info", (3, 8, 0))
    finding = cibuildwheel.runner({"PATH": str(tmp_path), "HOME": str(tmp_path)})
    assert isinstance(finding, Finding)
    assert (finding.id, finding.status) == ("cibuildwheel.python", Status.FAIL)
    assert finding.fix is not None
    assert finding.fix.argv == ("uv", "python", "install", "3.13")


def test_a_project_that_plans_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "own"\n', encoding="utf-8")
    with pytest.raises(ConfigError):
        cibuildwheel.run(tmp_path, Request({"PATH": ""}))
