from __future__ import annotations

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
