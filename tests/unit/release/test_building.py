"""What is built is in tests/integration/test_release_building.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.release import building
from pyo3ops.release.building import build

from .trees import PURE, project, write

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_builder_that_is_not_here_is_a_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, PURE["static"])
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    found = build(project(tmp_path, None), tmp_path / "dist", {"PATH": ""})
    assert found.files == ()
    assert "python cannot be started" in (found.error or "")


def test_a_backend_that_leaves_nothing(tmp_path: Path) -> None:
    write(tmp_path, PURE["static"])
    uv = tmp_path / "bin/uv"
    uv.parent.mkdir()
    uv.write_text("#!/bin/sh\necho building\n", encoding="utf-8")
    uv.chmod(0o755)
    said: list[str] = []
    found = build(project(tmp_path, None), tmp_path / "dist", {"PATH": str(uv.parent)}, said.append)
    assert found.error == "the backend said 0 and left 0 sdists"
    assert found.tail == ("building",)
    assert said == ["pure: building"]


def test_somebody_elses_folder_is_left(tmp_path: Path) -> None:
    write(tmp_path, {**PURE["static"], "dist/mine": ""})
    found = build(project(tmp_path, None), tmp_path / "dist", {"PATH": ""})
    assert "did not make" in (found.error or "")
    assert (tmp_path / "dist/mine").exists()


def test_what_a_built_file_is(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    found = building._file(tmp_path / "a")
    assert (found.size, found.sha256[:8]) == (3, "ba7816bf")
