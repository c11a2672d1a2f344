from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core import discover
from pyo3ops.core.errors import UsageError
from pyo3ops.tools.python import Interpreter
from pyo3ops.wheels import examples

if TYPE_CHECKING:
    from pyo3ops.core.project import Project


def project(root: Path, *names: str) -> Project:
    for name in names:
        (root / "examples" / name).mkdir(parents=True)
        for file in ("Cargo.toml", "pyproject.toml"):
            (root / "examples" / name / file).touch()
    (root / "pyproject.toml").write_text('[project]\nname = "own"\n', encoding="utf-8")
    return discover.read_project(root, {"PATH": ""})


def test_examples_are_folders_with_both_files(tmp_path: Path) -> None:
    made = project(tmp_path, "b", "a", "half")
    (tmp_path / "examples/half/Cargo.toml").unlink()
    assert list(examples.folders(made)) == ["a", "b"]


def test_a_project_without_examples_is_its_own(tmp_path: Path) -> None:
    assert examples.folders(project(tmp_path)) == {"own": tmp_path}


@pytest.mark.parametrize("name", ["../..", "/srv", "..", ".", "a/b", "a\\\\b", "-a"])
def test_a_name_that_leads_elsewhere_makes_no_folder(name: str, tmp_path: Path) -> None:
    made = project(tmp_path)
    (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n', encoding="utf-8")
    read = discover.read_project(tmp_path, {"PATH": ""})
    assert examples.folders(read) == {tmp_path.name: made.root}


def test_those_that_are_named_are_chosen() -> None:
    folders = {"a": Path("a"), "b": Path("b")}
    assert examples.chosen(folders, ()) == folders
    assert examples.chosen(folders, ("b",)) == {"b": Path("b")}
    with pytest.raises(UsageError, match="there is no example 'c'") as caught:
        examples.chosen(folders, ("c",))
    assert caught.value.cause == "known: a, b"


def test_an_interpreter_is_the_own_a_path_or_a_version(tmp_path: Path) -> None:
    own = examples.interpreter(None, {})
    assert isinstance(own, Interpreter)
    assert own.version.minor == sys.version_info[1]
    assert examples.interpreter(sys.executable, {}).path == own.path
    with pytest.raises(UsageError, match="is no Python that runs"):
        examples.interpreter(str(tmp_path / "nothing"), {})
    with pytest.raises(UsageError, match=r"there is no Python 3\.99 here") as caught:
        examples.interpreter("3.99", {"HOME": str(tmp_path)})
    assert caught.value.command == "uv python install 3.99"


def test_what_cannot_be_built_says_why(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text("no toml [", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    own = examples.interpreter(None, {})
    made = examples.build("a", tmp_path, own, tmp_path / "out", targets=tmp_path / "target", env={"PATH": ""})
    assert made.error
    assert examples.install(made, own, tmp_path / "out", {}) is made


def test_where_a_task_writes(tmp_path: Path) -> None:
    own = examples.interpreter(None, {})
    tag = own.version.tag
    assert examples.places(tmp_path, "perf", own, None) == (
        tmp_path / ".pyo3ops/perf" / tag,
        tmp_path / ".pyo3ops/target",
    )
    output = tmp_path / "a/b"
    assert examples.places(tmp_path, "perf", own, output) == (output / tag, tmp_path / ".pyo3ops/target")


def test_a_project_that_takes_no_folder_is_built_elsewhere_or_the_way_out_is_told(tmp_path: Path) -> None:
    own = examples.interpreter(None, {})
    (tmp_path / ".pyo3ops").touch()
    with pytest.raises(UsageError, match=r"nothing can be built here: .*\.pyo3ops") as caught:
        examples.places(tmp_path, "perf", own, None)
    assert caught.value.command == "pyo3ops perf --output DIR"
    output = tmp_path / "out"
    assert examples.places(tmp_path, "perf", own, output) == (output / own.version.tag, output / "target")
    (output / "file").touch()
    with pytest.raises(UsageError, match="nothing can be built here"):
        examples.places(tmp_path, "perf", own, output / "file")


def test_a_configuration_that_cannot_be_used_is_the_examples_own_error(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pyo3ops]\nsuch = 1\n", encoding="utf-8")
    own = examples.interpreter(None, {})
    made = examples.build("a", tmp_path, own, tmp_path / "out", targets=tmp_path / "target", env={"PATH": ""})
    assert made.error
    assert "such" in made.error


def test_what_somebody_keeps_where_the_wheel_would_go_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "project/src").mkdir(parents=True)
    (tmp_path / "project/src/lib.rs").touch()
    (tmp_path / "project/Cargo.toml").write_text(
        '[package]\nname = "own"\nversion = "0.1.0"\nedition = "2021"\n[lib]\ncrate-type = ["cdylib"]\n', "utf-8"
    )
    (tmp_path / "project/pyproject.toml").write_text('[build-system]\nbuild-backend = "maturin"\n', encoding="utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine").touch()
    own = examples.interpreter(None, {})
    place = tmp_path / "project"
    made = examples.build("a", place, own, tmp_path / "out", targets=tmp_path / "target", env=dict(os.environ))
    assert made.error is not None
    assert "cargo metadata" in made.error or "files that pyo3ops did not make" in made.error
    assert (tmp_path / "out/mine").exists()
