from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.wheels.members import members

if TYPE_CHECKING:
    from pathlib import Path

#: Without cargo a project has no extensions, and all that members() looks at.
NO_CARGO = {"PATH": ""}


def names(root: Path, *chosen: str) -> list[str]:
    return [each.root.name for each in members(root, NO_CARGO, chosen)]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[tool.pyo3ops]\ncrates = ["crates/*"]\n')
    for name in ("two", "one"):
        (tmp_path / "crates" / name).mkdir(parents=True)
        (tmp_path / "crates" / name / "pyproject.toml").write_text(f'[project]\nname = "the-{name}"\n')
        (tmp_path / "crates" / name / "Cargo.toml").touch()
    (tmp_path / "crates" / "no-python").mkdir()
    return tmp_path


def test_a_project_is_its_only_member(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "demo"\n')
    assert names(tmp_path) == [tmp_path.name]
    assert names(tmp_path, "demo") == [tmp_path.name]


def test_each_crate_of_a_repository_in_order(repository: Path) -> None:
    assert names(repository) == ["one", "two"]


def test_chosen_by_folder_or_distribution(repository: Path) -> None:
    assert names(repository, "two") == ["two"]
    assert names(repository, "the-one") == ["one"]
    assert names(repository, "the-two", "one") == ["one", "two"]


def test_a_name_that_is_none(repository: Path) -> None:
    with pytest.raises(UsageError, match="'three'") as caught:
        names(repository, "one", "three")
    assert caught.value.cause == "known: one, the-one, two, the-two"


def test_settings_that_are_wrong(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pyo3ops]\ncrate = []\n")
    with pytest.raises(ConfigError, match="did you mean crates"):
        names(tmp_path)


def test_folders_of_one_name_cannot_be_told_apart(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.pyo3ops]\ncrates = ["*/core"]\n', encoding="utf-8")
    for name in ("a", "b"):
        (tmp_path / name / "core").mkdir(parents=True)
        (tmp_path / name / "core" / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="both called core"):
        members(tmp_path, {"PATH": ""})
