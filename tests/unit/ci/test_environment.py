from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import environment
import pytest
from environment import Place, locate
from mutex import Lock
from stop import Stop

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "ci/requirements").mkdir(parents=True)
    (tmp_path / "ci/requirements/bootstrap.txt").write_text("nox==1\n", encoding="utf-8")
    return tmp_path


def test_the_same_state_has_the_same_place(checkout: Path) -> None:
    assert locate(checkout) == locate(checkout)
    assert locate(checkout).folder.parent == checkout / ".pyo3ops/bootstrap"
    assert locate(checkout).folder.name.startswith(f"py{sys.version_info[0]}.{sys.version_info[1]}-")


def test_other_requirements_have_another_place(checkout: Path) -> None:
    before = locate(checkout).folder
    (checkout / "ci/requirements/bootstrap.txt").write_text("nox==2\n", encoding="utf-8")
    assert locate(checkout).folder != before


def test_an_updated_interpreter_has_another_place(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = locate(checkout).folder
    monkeypatch.setattr(sys, "version", "3.99.0 (main)")
    assert locate(checkout).folder.name != before.name


def test_a_moved_checkout_has_another_place(checkout: Path) -> None:
    before = locate(checkout).folder.name
    moved = checkout.rename(checkout.with_name("moved"))
    assert locate(moved).folder.name != before


def test_missing_requirements_are_said(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"bootstrap\.txt cannot be read"):
        locate(tmp_path)


def test_without_its_stamp_an_environment_is_not_ready(checkout: Path) -> None:
    place = locate(checkout)
    place.scripts.mkdir(parents=True)
    place.python.touch()
    assert not place.ready
    place.stamp.touch()
    assert place.ready


def test_without_its_interpreter_an_environment_is_not_ready(checkout: Path) -> None:
    place = locate(checkout)
    place.scripts.mkdir(parents=True)
    place.python.symlink_to(checkout / "was removed")
    place.stamp.touch()
    assert not place.ready


def test_a_python_without_ensurepip_names_the_package(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    programs = tmp_path_factory.mktemp("bin")
    (programs / "apt-get").touch(0o755)
    monkeypatch.setitem(sys.modules, "ensurepip", None)  # how the import system marks what cannot be imported
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    with pytest.raises(Stop) as ending:
        environment.ensure(locate(checkout), env={"PATH": str(programs)}, say=lambda _: None)
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    assert "comes without ensurepip" in ending.value.message
    assert f"apt-get update && apt-get install -y --no-install-recommends {package}" in ending.value.command
    assert not locate(checkout).folder.exists()


def test_a_checkout_that_cannot_be_written_is_said(checkout: Path) -> None:
    (checkout / ".pyo3ops").write_text("in the way", encoding="utf-8")
    with pytest.raises(Stop, match="cannot be made in"):
        environment.ensure(locate(checkout), env={}, say=lambda _: None)


def test_its_own_python_stays_off_the_path(checkout: Path) -> None:
    place = locate(checkout)
    place.scripts.mkdir(parents=True)
    environment._link(place)
    assert sorted(path.name for path in place.tools.iterdir()) == sorted(environment.TOOLS)
    assert not (place.tools / place.python.name).exists()


def test_only_idle_environments_of_this_interpreter_are_swept(checkout: Path) -> None:
    place = locate(checkout)
    idle, busy, foreign = (
        place.folder.with_name(name) for name in (f"{environment._family()}idle", f"{environment._family()}busy", "py2")
    )
    for folder in (place.folder, idle, busy, foreign):
        folder.mkdir(parents=True)
    running = Lock(Place(checkout, place.requirements, busy).lock, pytest.fail)
    running.share()
    environment._sweep(place, pytest.fail)
    running.close()
    assert [folder.exists() for folder in (place.folder, idle, busy, foreign)] == [True, False, True, True]
