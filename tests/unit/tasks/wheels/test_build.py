from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tasks.wheels import build
from pyo3ops.tasks.wheels.build import Request
from pyo3ops.wheels.batch.member import Setting
from tests.unit.wheels.projects import project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "own"\n', encoding="utf-8")
    return tmp_path


def test_versions_may_be_told_in_one_word_or_in_several(root: Path) -> None:
    setting = build._setting(root, Request({}, pythons=("3.11,3.12", "3.13t")))
    assert list(map(str, setting.asked)) == ["3.11", "3.12", "3.13t"]


def test_what_is_no_version_is_a_wrong_call(root: Path) -> None:
    with pytest.raises(UsageError, match="'three' is no Python version"):
        build.run(root, Request({}, pythons=("three",)))
    assert not (root / ".pyo3ops").exists()


def test_all_but_the_results_is_below_the_project(root: Path) -> None:
    setting = build._setting(root, Request({}, output=root / "out"))
    assert setting.work == root / ".pyo3ops/wheels"
    assert (root / ".pyo3ops/.gitignore").is_file()


def test_where_the_project_takes_nothing_it_is_beside_the_results(root: Path) -> None:
    (root / ".pyo3ops").touch()
    assert build._work(root, root / "out") == root / "out/.work"
    with pytest.raises(UsageError, match="nothing can be built here"):
        build._work(root, None)


def test_an_sdist_is_one_project(root: Path) -> None:
    with pytest.raises(UsageError, match="takes no names"):
        build.run(root, Request({"PATH": ""}, names=("own",), sdist=root / "a.tar.gz"))


@pytest.mark.parametrize("name", ["nothing.tar.gz", "pyproject.toml", ""])
def test_what_is_no_sdist_is_a_wrong_call(root: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be built from"):
        build.run(root, Request({"PATH": ""}, sdist=root / name))


@pytest.mark.parametrize(("asked", "missing"), [((7,), "3.7"), ((11, 7, 99), "3.7, 3.99")])
def test_a_python_that_no_wheel_is_planned_for_is_refused_before_anything_is_made(
    asked: tuple[int, ...], missing: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "members", lambda *_: (project(root),))
    monkeypatch.setattr(build, "prepare", lambda *_, **__: pytest.fail("something was made"))
    with pytest.raises(UsageError) as caught:
        build.run(root, Request({}, pythons=tuple(f"3.{minor}" for minor in asked)))
    assert caught.value.message == f"no wheel is planned for Python {missing}"
    assert caught.value.cause.startswith("those that have one: 3.")
    assert not (root / ".pyo3ops/wheels/dist").exists()


def test_pythons_that_are_planned_are_built(tmp_path: Path) -> None:
    build._check_asked([project(tmp_path)], Setting({}, tmp_path, tmp_path, asked=(PythonVersion(11),)))
    build._check_asked([project(tmp_path)], Setting({}, tmp_path, tmp_path))
    build._check_asked([], Setting({}, tmp_path, tmp_path, asked=(PythonVersion(7),)))


def test_two_runs_wait_for_one_another(root: Path) -> None:
    told: list[str] = []
    setting = build._setting(root, Request({}, progress=told.append))
    with build._alone(setting):
        assert told == []
        # What flock keeps another process from, it keeps another open file of this one from.
        with contextlib.suppress(LookupError):
            _second(setting)
    assert told == ["waiting for another `wheels build` in here"]


def _second(setting: Setting) -> None:
    import signal  # noqa: PLC0415

    def late(*_: object) -> None:
        raise LookupError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with build._alone(setting):
            pytest.fail("two at once")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
