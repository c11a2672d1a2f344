"""Commits are made in tests/integration/test_release_bump.py, by the real git."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.release.bump import carry_out, plan_bump
from pyo3ops.release.prepare import commit, log_of, plan_cut, uncommitted

from .trees import MATURIN, project, write

if TYPE_CHECKING:
    from pathlib import Path

LOG = "# Changelog\n\n## Unreleased\n\n- new\n\n## 1.2.3\n\n- old\n"


def test_a_release_is_one_set_of_edits(tmp_path: Path) -> None:
    write(tmp_path, {**MATURIN, "CHANGELOG.md": LOG})
    tiny = project(tmp_path)
    edits = plan_bump(tiny, "1.3.0") + plan_cut(tiny, "1.3.0", "2026-11-28")
    assert [(edit.path, edit.line) for edit in edits][-2:] == [("CHANGELOG.md", 5), ("CHANGELOG.md", 6)]
    assert [path.name for path in carry_out(edits)] == ["Cargo.toml", "Cargo.lock", "CHANGELOG.md"]
    assert plan_cut(tiny, "1.3.0", "2026-11-29") == ()
    found = log_of(tiny)
    assert found is not None
    assert "## Unreleased\n\n## 1.3.0\n\n- new\n" in found[1]
    with pytest.raises(UsageError, match="is empty"):
        plan_cut(tiny, "1.4.0", "2026-11-28")


def test_without_a_change_log(tmp_path: Path) -> None:
    write(tmp_path, MATURIN)
    assert log_of(project(tmp_path)) is None
    assert plan_cut(project(tmp_path), "1.3.0", "2026-11-28") == ()


def test_a_change_log_that_cannot_be_read(tmp_path: Path) -> None:
    settings = '[tool.pyo3ops.release]\nchangelog = "log.md"\n'
    write(tmp_path, {**MATURIN, "pyproject.toml": MATURIN["pyproject.toml"] + settings})
    with pytest.raises(ConfigError, match=r"there is no log\.md"):
        log_of(project(tmp_path))


def test_without_git(tmp_path: Path) -> None:
    assert uncommitted(tmp_path, {"PATH": ""}, [tmp_path / "a"]) == ()
    assert commit(tmp_path, {"PATH": ""}, [tmp_path / "a"], "Release") == (
        "git cannot be started: No such file or directory: git"
    )
