from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pyo3ops.core.model import Fix
from pyo3ops.fixes import machine
from pyo3ops.fixes.machine import environment_python, find_manager, look, own_python, present, reach
from pyo3ops.tools.system import Need, packages

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the programs are scripts for sh")


class Box:
    """A PATH with nothing on it but what the test puts there, and a project."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.project, self.home = folder / "bin", folder / "project", folder / "home"
        for each in (self.bin, self.project, self.home):
            each.mkdir()
        self.env = {"PATH": str(self.bin), "HOME": str(self.home)}

    def program(self, name: str, body: str = "exit 0") -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        (self.bin / name).chmod(0o755)

    def interpreter(self, folder: Path) -> Path:
        python = environment_python(folder)
        python.parent.mkdir(parents=True)
        python.symlink_to(sys.executable)
        return python


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def names(path: str) -> list[str]:
    return [Path(part).parent.name for part in path.split(os.pathsep)]


def test_a_new_shell_would_have_what_installers_fill(box: Box) -> None:
    assert reach(box.project, box.env, box.home)["PATH"] == str(box.bin)
    for folder in (".cargo/bin", ".local/bin"):
        (box.home / folder).mkdir(parents=True)
    reached = reach(box.project, box.env, box.home)
    assert names(reached["PATH"])[1:] == [".cargo", ".local"]
    assert reach(box.project, reached, box.home) == reached
    elsewhere = {**box.env, "CARGO_HOME": str(box.home / "elsewhere")}
    assert names(reach(box.project, elsewhere, box.home)["PATH"])[1:] == [".local"]


def test_the_projects_own_environment_is_reached_where_none_is_active(box: Box, tmp_path: Path) -> None:
    python = box.interpreter(box.project / ".venv")
    assert own_python(box.project) == python
    reached = reach(box.project, box.env, box.home)
    assert reached["PATH"].split(os.pathsep)[0] == str(python.parent)
    assert reached["VIRTUAL_ENV"] == str(box.project / ".venv")
    other = {**box.env, "VIRTUAL_ENV": str(tmp_path)}
    assert reach(box.project, other, box.home) == other
    gone = {**box.env, "VIRTUAL_ENV": str(tmp_path / "gone")}
    assert reach(box.project, gone, box.home)["VIRTUAL_ENV"] == str(box.project / ".venv")


def test_homebrews_rustup_is_reached(box: Box, tmp_path: Path) -> None:
    box.program("brew")
    (tmp_path / "opt/rustup/bin").mkdir(parents=True)
    assert reach(box.project, box.env, box.home)["PATH"].endswith("opt/rustup/bin")


def test_nothing_is_asked_that_nobody_needs(box: Box) -> None:
    box.program("apt-get", "exit 1")
    box.program("apt-cache", f"touch {box.home}/asked")
    found = look(box.project, box.env, [Fix("t", ("touch", "a"))], msrv="1.83", refreshed=False)
    assert found.candidates == {}
    assert not (box.home / "asked").exists()
    assert found.manager is not None
    assert found.manager.name == "apt-get"
    assert (found.msrv, found.rustup, found.uv, found.environment) == ("1.83", False, None, None)


def test_the_manager_tells_of_what_a_fix_may_come_to(box: Box) -> None:
    box.program("apt-get")
    answer = "rustc:\\n  Installed: (none)\\n  Candidate: 1.63.0+dfsg1-2\\n"
    box.program("apt-cache", f'echo "$@" > {box.home}/asked; printf "{answer}"')
    box.program("rustup")
    box.program("uv")
    found = look(box.project, box.env, [Fix("t", need="Rust")], msrv="", refreshed=True)
    asked = (box.home / "asked").read_text("utf-8").split()
    assert asked == ["policy", "ca-certificates", "rustc", "cargo", "rustc-web", "cargo-web", "rustup"]
    assert found.candidates == {"rustc": "1.63.0"}
    assert (found.refreshed, found.rustup, found.uv) == (True, True, str(box.bin / "uv"))


def test_who_installs_with_pip_may_lack_venv(box: Box) -> None:
    box.program("dnf", f'echo "$@" > {box.home}/asked')
    python = box.interpreter(box.project / ".venv")
    found = look(box.project, box.env, [Fix("t", ("pip", "install", "x"))], msrv="", refreshed=False)
    assert "python3" in (box.home / "asked").read_text("utf-8")
    assert found.environment == str(python)
    assert found.interpreter.version is not None


@pytest.mark.parametrize(
    ("programs", "expected"),
    [
        ({"sudo": "exit 0"}, ("sudo", "-n")),
        ({"sudo": "exit 1", "doas": "exit 0"}, ("doas", "-n")),
        ({"sudo": "exit 1"}, None),
        ({}, None),
    ],
)
def test_root_is_had_without_a_password_or_not(
    programs: dict[str, str], expected: tuple[str, ...] | None, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for name, body in programs.items():
        box.program(name, body)
    assert machine._privilege(box.env) == expected
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert machine._privilege(box.env) == ()


def test_presence_is_what_the_proof_says(box: Box, tmp_path: Path) -> None:
    def row(proof: tuple[str, ...], files: tuple[str, ...] = ()) -> Need:
        return Need("x", "x", "x", {}, {}, {}, "", proof, files)

    assert present(row(("{python}", "-c", "")), sys.executable, box.env)
    assert not present(row(("{python}", "-c", "raise SystemExit(1)")), sys.executable, box.env)
    assert not present(row(("no-such-program",)), sys.executable, box.env)
    assert present(row((), ("/no such file", str(tmp_path))), "", box.env)
    assert not present(row((), ("/no such file",)), "", box.env)


@pytest.mark.parametrize("name", list(packages().managers))
def test_each_manager_is_found(name: str, box: Box) -> None:
    assert find_manager(box.env) is None
    box.program(name)
    found = find_manager(box.env)
    assert found is not None
    assert found.name == name
