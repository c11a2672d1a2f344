"""The sdist and the wheel of a project without extension module, by its own backend."""

from __future__ import annotations

import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core import discover
from pyo3ops.release.building import build
from pyo3ops.release.expected import expected

from .conftest import need

if TYPE_CHECKING:
    from pathlib import Path

PYPROJECT = """\
[build-system]
requires = ["hatchling>=1.26"]
build-backend = "hatchling.build"

[project]
name = "pure-crab"
version = "1.2.3"
requires-python = ">=3.8"

[tool.pyo3ops]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "pure größe"
    (folder / "pure_crab").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (folder / "pure_crab/__init__.py").write_text("ANSWER = 42\n", encoding="utf-8")
    return folder


def test_twice_the_same_bytes(root: Path, env: dict[str, str]) -> None:
    need("uv")
    project = discover.read_project(root, env)
    said: list[str] = []
    once = build(project, root / "dist", {**env, "SOURCE_DATE_EPOCH": "1700000000"}, said.append)
    assert once.error is None, once.tail
    assert expected(project).compare(each.path.name for each in once.files).complete
    # The mask of another user, another time and place.
    (root / "pure_crab/__init__.py").chmod(0o600)
    moved = root.rename(root.with_name("moved"))
    again = build(discover.read_project(moved, env), moved / "dist", {**env, "SOURCE_DATE_EPOCH": "1700000000"})
    assert [(each.path.name, each.sha256) for each in once.files] == [
        (each.path.name, each.sha256) for each in again.files
    ]
    assert said
    wheel, sdist = (moved / "dist" / each.path.name for each in once.files)
    assert wheel.stat().st_size == once.files[0].size
    assert zipfile.ZipFile(wheel).read("pure_crab/__init__.py") == b"ANSWER = 42\n"
    with tarfile.open(sdist) as archive:
        assert "pure_crab-1.2.3/pure_crab/__init__.py" in archive.getnames()


def test_a_backend_that_fails_is_a_value(root: Path, env: dict[str, str]) -> None:
    need("uv")
    (root / "pure_crab/__init__.py").unlink()
    (root / "pure_crab").rmdir()
    found = build(discover.read_project(root, env), root / "dist", env)
    assert found.files == ()
    assert found.error
    assert any("Unable to determine which files to ship" in line for line in found.tail)
