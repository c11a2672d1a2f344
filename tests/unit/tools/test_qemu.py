from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.tools import qemu
from pyo3ops.tools.qemu import Qemu

DATA = Path(__file__).parents[2] / "data/tools/cross"
SOME = Path("/opt/bin/some")


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_what_it_prints() -> None:
    text = (DATA / "qemu-aarch64.txt").read_text(encoding="utf-8")
    assert qemu.parse(SOME, text) == Qemu(SOME, "7.2.22")


@pytest.mark.parametrize("text", ["", "\x00", "usage: it [options]\n", "qemu-arm version"])
def test_no_version_is_an_error(text: str) -> None:
    assert qemu.parse(SOME, text).error == "some --version printed no version"


def test_nothing_is_here(tmp_path: Path) -> None:
    assert qemu.ask("qemu-aarch64", {"PATH": ""}, [tmp_path]) == Qemu()


def test_the_static_emulator_is_taken_first(tmp_path: Path) -> None:
    program(tmp_path / "qemu-arm", "echo 'qemu-arm version 8.0.0'")
    env = {"PATH": "/usr/bin:/bin"}
    assert qemu.ask("qemu-arm", env, [tmp_path]) == Qemu(tmp_path / "qemu-arm", "8.0.0")
    program(tmp_path / "qemu-arm-static", "echo 'qemu-arm version 9.0.1 (Debian)'")
    assert qemu.ask("qemu-arm", env, [tmp_path]) == Qemu(tmp_path / "qemu-arm-static", "9.0.1")


def test_an_emulator_that_does_not_run_says_why(tmp_path: Path) -> None:
    path = program(tmp_path / "qemu-arm", "echo 'cannot map' >&2; exit 3")
    assert qemu.ask("qemu-arm", {"PATH": ""}, [tmp_path]) == Qemu(path, error=f"{path} ended with 3: cannot map")


def test_a_foreign_program_sees_its_own_root() -> None:
    argv = qemu.argv(Path("/q"), Path("/arm"), Path("/arm/usr/bin/python3.11"))
    assert argv == ["/q", "-L", "/arm", "/arm/usr/bin/python3.11"]
