from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyo3ops.wheels.cross import looking, rows
from pyo3ops.wheels.cross.kits import Kits

if TYPE_CHECKING:
    from pathlib import Path

ARM, MSVC = rows.chosen(["aarch64-unknown-linux-gnu", "x86_64-pc-windows-msvc"])


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_a_bare_machine(tmp_path: Path) -> None:
    ((target, present),) = looking.look(tmp_path, [ARM], Kits(tmp_path / "cache"), {"PATH": "", "HOME": "/"})
    assert target is ARM
    assert present.rustc.missing
    assert (present.toolchain.targets, present.kits, present.root) == ((), (), None)
    assert (present.gcc.path, present.qemu.path, present.apt, present.rustup) == (None, None, False, False)


def test_what_is_on_path_and_in_the_cache_is_found(tmp_path: Path) -> None:
    program(tmp_path / "bin/clang", "echo 'Debian clang version 19.1.7'")
    emulator = program(tmp_path / "cache/qemu/usr/bin/qemu-aarch64-static", "echo 'qemu-aarch64 version 10.0.2'")
    driver = program(tmp_path / "cache/gcc-aarch64-linux-gnu-gcc/start", "echo 'aarch64-linux-gnu-gcc (Debian) 14.2.0'")
    (tmp_path / "cache/python-arm64").mkdir()
    env = {"PATH": os.pathsep.join([str(tmp_path / "bin"), "/usr/bin", "/bin"]), "HOME": "/"}
    found = dict(looking.look(tmp_path, [ARM, MSVC], Kits(tmp_path / "cache"), env))
    assert (found[ARM].gcc.path, found[ARM].gcc.release) == (driver, "14.2.0")
    assert (found[ARM].qemu.path, found[ARM].qemu.release) == (emulator, "10.0.2")
    assert found[ARM].root == tmp_path / "cache/python-arm64"
    assert (found[ARM].clang.path, found[MSVC].clang.release) == (None, "19.1.7")
    ((_, named),) = looking.look(tmp_path, [ARM], Kits(tmp_path / "cache"), env, tmp_path)
    assert named.root == tmp_path


def test_interpreters_of_a_foreign_root(tmp_path: Path) -> None:
    for name in ("usr/bin/python3.9", "usr/bin/python3.11", "usr/bin/python3.11-config", "usr/local/bin/python3.13"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [path.name for path in looking.pythons(tmp_path)]
    assert found == ["python3.13", "python3.11", "python3.9"]
    assert looking.pythons(tmp_path / "absent") == ()


def test_how_a_foreign_python_was_built(tmp_path: Path) -> None:
    folder = tmp_path / "usr/lib/python3.11"
    folder.mkdir(parents=True)
    assert looking.sysconfig(tmp_path, 11) is None
    (folder / "_sysconfigdata__aarch64-linux-gnu.py").touch()
    assert looking.sysconfig(tmp_path, 11) == folder
    assert looking.sysconfig(tmp_path, 12) is None
