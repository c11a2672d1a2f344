"""Tags and ignored files, as the real git tells them."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from pyo3ops.tools import git

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CEILING_DIRECTORIES": str(tmp_path)}


@pytest.fixture
def repository(tmp_path: Path, env: dict[str, str]) -> Path:
    root = tmp_path / "crab"
    (root / "py").mkdir(parents=True)
    for name in ("Cargo.lock", "py/Cargo.lock", ".gitignore"):
        (root / name).write_text("Cargo.lock\n" if name == ".gitignore" else "", encoding="utf-8")
    _git(root, env, "init", "--quiet")
    _git(root, env, "add", ".gitignore")
    _commit(root, env)
    return root


def _git(root: Path, env: dict[str, str], *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, env=env, check=True, capture_output=True)


def _commit(root: Path, env: dict[str, str]) -> None:
    _git(root, env, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "x")


def test_no_repository(tmp_path: Path, env: dict[str, str]) -> None:
    assert git.checkout(tmp_path, env) is None
    assert git.checkout(tmp_path, {**env, "PATH": ""}) is None


def test_tags_of_this_branch_alone(repository: Path, env: dict[str, str]) -> None:
    _git(repository, env, "tag", "v1.0.0")
    _git(repository, env, "checkout", "--quiet", "-b", "next")
    _commit(repository, env)
    _git(repository, env, "tag", "v2.0.0")
    assert git.checkout(repository, env) == git.Checkout(top=True, tags=("v1.0.0", "v2.0.0"))
    _git(repository, env, "checkout", "--quiet", "-")
    _git(repository, env, "pack-refs", "--all")
    assert git.checkout(repository, env) == git.Checkout(top=True, tags=("v1.0.0",))
    assert git.checkout(repository / "py", env) == git.Checkout(top=False, tags=("v1.0.0",))


def test_a_repository_without_a_commit(tmp_path: Path, env: dict[str, str]) -> None:
    _git(tmp_path, env, "init", "--quiet")
    assert git.checkout(tmp_path, env) == git.Checkout(top=True, tags=())


def test_ignored_files(repository: Path, env: dict[str, str]) -> None:
    assert git.ignoring(repository / "Cargo.lock", env) == ".gitignore:1: Cargo.lock"
    assert git.ignoring(repository / "py/Cargo.lock", env) == ".gitignore:1: Cargo.lock"
    assert git.ignoring(repository / "README.md", env) is None
    # The fix that validate gives for it.
    _git(repository, env, "add", "--force", "Cargo.lock")
    assert git.ignoring(repository / "Cargo.lock", env) is None
