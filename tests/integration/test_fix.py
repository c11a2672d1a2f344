"""Fixes that can be run on this machine are run once each, by the verb, and judged again."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import ROOT, need

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the commands are those of POSIX")

PYO3OPS = [sys.executable, "-m", "pyo3ops", "validate"]


@pytest.fixture
def healthy(tmp_path: Path) -> Path:
    """The project that broken environments start from."""
    need("cargo")
    root = tmp_path / "a project"
    shutil.copytree(ROOT / "tests/data/environments/templates/healthy", root, ignore=shutil.ignore_patterns("target"))
    return root


def validate(root: Path, env: Mapping[str, str], *arguments: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [*PYO3OPS, "--json", *arguments],
        cwd=root,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=280,
        check=False,
    )
    return done.returncode, json.loads(done.stdout), done.stderr


def status(report: dict[str, Any], check: str) -> str:
    return next(str(each["status"]) for each in report["findings"] if each["id"] == check)


def fixes(report: dict[str, Any]) -> list[list[str]]:
    return next((table["rows"] for table in report["tables"] if table["title"] == "Fixes"), [])


def mended(root: Path, env: Mapping[str, str], check: str) -> list[str]:
    """Mend what one check finds, see that it says ok then, and that a second run does nothing; the commands."""
    _, before, _ = validate(root, env, "--select", check)
    assert status(before, check) in ("warn", "fail")
    _, after, told = validate(root, env, "--select", check, "--fix", "--yes")
    assert status(after, check) == "ok", told
    assert {row[-1] for row in fixes(after)} == {"done"}
    _, again, told = validate(root, env, "--select", check, "--fix", "--yes")
    assert (fixes(again), told) == ([], "")
    return [row[1] for row in fixes(after)]


def test_a_lock_is_made(healthy: Path, env: dict[str, str]) -> None:
    (healthy / "Cargo.lock").unlink()
    assert mended(healthy, env, "project.lock") == ["cargo generate-lockfile"]
    assert (healthy / "Cargo.lock").exists()


def test_a_key_is_set(healthy: Path, env: dict[str, str]) -> None:
    file = healthy / "pyproject.toml"
    file.write_text(re.sub(r"requires-python = .*\n", "", file.read_text("utf-8")), encoding="utf-8")
    (command,) = mended(healthy, env, "project.requires-python")
    assert command == "pyo3ops set pyproject.toml project.requires-python '\">=3.8\"'"


def test_stubs_are_marked_as_such(healthy: Path, env: dict[str, str]) -> None:
    marker = next(healthy.glob("python/*/py.typed"))
    marker.unlink()
    mended(healthy, env, "project.stubs")
    assert marker.exists()


def test_maturin_comes_into_an_environment_of_the_project(healthy: Path, env: dict[str, str], tmp_path: Path) -> None:
    # A PATH on which there is no maturin and no uv, whatever the machine has.
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for name in ("cargo", "rustc", "cc", "sh", "git"):
        found = shutil.which(name)
        if found:
            (bin_folder / name).symlink_to(found)
    (bin_folder / "python3").symlink_to(getattr(sys, "_base_executable", sys.executable))
    bare = {**env, "PATH": str(bin_folder), "HOME": str(tmp_path / "home")}
    bare.update({name: os.environ.get(name) or str(Path.home() / folder) for name, folder in RUST_HOMES.items()})
    first, second = mended(healthy, bare, "build.maturin")
    assert first.endswith("-m venv " + f"'{healthy}/.venv'")
    assert second.endswith("-m pip install 'maturin>=1.9,<2'")
    assert (healthy / ".venv/bin/maturin").exists()


RUST_HOMES = {"RUSTUP_HOME": ".rustup"}


@pytest.fixture
def own_rustup(env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment with a copy of the active toolchain, to which something may be added."""
    need("rustup")
    asked = subprocess.run(["rustup", "show", "home"], env=env, capture_output=True, text=True, check=True)
    active = subprocess.run(["rustc", "--print", "sysroot"], env=env, capture_output=True, text=True, check=True)
    home, toolchain = Path(asked.stdout.strip()), Path(active.stdout.strip())
    if (toolchain / "lib/rustlib/src").exists():
        pytest.skip("rust-src is installed here")
    copy = tmp_path / "rustup"
    ignored = shutil.ignore_patterns("doc", "man")
    shutil.copytree(toolchain, copy / "toolchains" / toolchain.name, symlinks=True, ignore=ignored)
    for name in ("settings.toml", "update-hashes"):
        found = home / name
        if found.is_dir():
            shutil.copytree(found, copy / name)
        elif found.exists():
            shutil.copy(found, copy / name)
    return {**env, "RUSTUP_HOME": str(copy), "RUSTUP_TOOLCHAIN": toolchain.name}


def test_components_are_added_in_one_go(healthy: Path, own_rustup: dict[str, str]) -> None:
    text = '[toolchain]\ncomponents = ["rust-src"]\n'
    (healthy / "rust-toolchain.toml").write_text(text, encoding="utf-8")
    _, report, told = validate(healthy, own_rustup, "--select", "rust.components", "--fix", "--yes")
    if "could not download" in told:
        pytest.skip("rust-src cannot be downloaded here")
    assert status(report, "rust.components") == "ok", told
    assert [row[1] for row in fixes(report)] == ["rustup component add rust-src"]


def test_a_dry_run_prints_lines_for_a_shell(healthy: Path, env: dict[str, str]) -> None:
    (healthy / "Cargo.lock").unlink()
    argv = [*PYO3OPS, "--select", "project.lock", "--fix", "--dry-run"]
    done = subprocess.run(argv, cwd=healthy, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, "a missing lock warns"
    assert not (healthy / "Cargo.lock").exists()
    script = subprocess.run(["sh", "-e"], cwd=healthy, env=env, input=done.stdout, text=True, timeout=120, check=False)
    assert script.returncode == 0
    assert (healthy / "Cargo.lock").exists()


def answered(healthy: Path, env: Mapping[str, str], answer: bytes) -> tuple[int, str]:
    """Run --fix on a terminal, and answer its question."""
    ours, theirs = pty.openpty()
    argv = [*PYO3OPS, "--select", "project.lock", "--fix"]
    process = subprocess.Popen(
        argv,
        cwd=healthy,
        env={**env, "TERM": "dumb"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                seen += os.read(ours, 65536)
            except OSError:
                break
        if b"[y/N]" in seen and answer:
            os.write(ours, answer)
            answer = b""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    code = process.wait(30)
    os.close(ours)
    return code, seen.decode("utf-8", "replace")


@pytest.mark.parametrize(("answer", "made"), [(b"\n", False), (b"n\n", False), (b"y\n", True), (b"\x04", False)])
def test_a_terminal_is_asked(answer: bytes, made: bool, healthy: Path, env: dict[str, str]) -> None:  # noqa: FBT001
    (healthy / "Cargo.lock").unlink()
    code, seen = answered(healthy, env, answer)
    assert "Run this command? [y/N]" in seen
    assert code == 0, seen
    assert (healthy / "Cargo.lock").exists() is made


@pytest.mark.parametrize("option", ["--yes", "--dry-run"])
def test_how_to_fix_needs_the_wish_to(option: str, healthy: Path, env: dict[str, str]) -> None:
    code, report, _ = validate(healthy, env, option)
    assert code == 2
    assert report["failure"]["command"] == "pyo3ops validate --fix --dry-run"
