from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.run import run
from pyo3ops.wheels.cross import kits, rows
from pyo3ops.wheels.cross.kits import Kits

if TYPE_CHECKING:
    from pathlib import Path

(ARM, MUSL) = rows.chosen(["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-musl"])


def rust(folder: Path, *targets: str) -> Path:
    for target in targets:
        library = folder / "usr/lib/rustlib" / target / "lib"
        library.mkdir(parents=True)
        (library / "libcore-1.rlib").touch()
    kits.write_script(folder / kits.STARTER, kits.starting_rustc(()))
    return folder


def test_nothing_is_unpacked(tmp_path: Path) -> None:
    here = Kits(tmp_path / "absent")
    assert here.rust() == ()
    assert here.root(ARM) is None


def test_compilers_newest_first(tmp_path: Path) -> None:
    rust(tmp_path / "rust-1.85.0+dfsg3-1~deb12u3", ARM.triple)
    rust(tmp_path / "rust-1.100.0+dfsg1-1", "x86_64-unknown-linux-gnu")
    (tmp_path / "rust-2.0.0").mkdir()  # nothing starts it: it was never finished
    one, other = Kits(tmp_path).rust()
    assert (one.release, one.sysroot.targets) == ("1.100.0+dfsg1-1", ("x86_64-unknown-linux-gnu",))
    assert (other.release, other.sysroot.targets) == ("1.85.0+dfsg3-1~deb12u3", (ARM.triple,))
    assert other.rustc == tmp_path / "rust-1.85.0+dfsg3-1~deb12u3/start"


def test_only_debian_s_architectures_have_a_root(tmp_path: Path) -> None:
    here = Kits(tmp_path)
    (tmp_path / "python-").mkdir()
    (tmp_path / "python-arm64").mkdir()
    assert here.root(ARM) == tmp_path / "python-arm64"
    assert here.root(MUSL) is None


def test_an_epoch_does_not_cut_a_path_in_two(tmp_path: Path) -> None:
    assert ":" not in Kits(tmp_path).rust_folder("1:1.85.0-1").name


def test_where_libraries_of_a_kit_lie(tmp_path: Path) -> None:
    for name in ("usr/lib/x86_64-linux-gnu/libbfd.so", "usr/lib/llvm-19/lib/libLLVM.so.19.1", "usr/lib/rustlib/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert kits.library_folders(tmp_path) == ("usr/lib/x86_64-linux-gnu", "usr/lib/llvm-19/lib")


def test_a_kit_s_program_starts_with_its_own_libraries_wherever_it_lies(tmp_path: Path) -> None:
    folder = tmp_path / "a kit größe"
    program = folder / "usr/bin/x-gcc"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$LD_LIBRARY_PATH|$*"\n', encoding="utf-8")
    program.chmod(0o755)
    kits.write_script(folder / "start", kits.starting_gcc("x-gcc", ("usr/lib/a", "usr/lib/b")))
    env = {"PATH": os.defpath}
    here = folder.resolve()
    said = run([str(folder / "start"), "-o", "two words"], timeout=10, env=env).out.strip()
    assert said == f"{here}/usr/lib/a:{here}/usr/lib/b|--sysroot={here} -o two words"
    also = run([str(folder / "start")], timeout=10, env={**env, "LD_LIBRARY_PATH": "/mine"}).out.strip()
    assert also == f"{here}/usr/lib/a:{here}/usr/lib/b:/mine|--sysroot={here}"


def test_a_driver_that_alternatives_would_link_is_started_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "usr/bin").mkdir(parents=True)
    with pytest.raises(FileNotFoundError, match="the packages do not have it"):
        kits._program(tmp_path, "x-gcc")
    for name in ("x-gcc-posix", "x-gcc-win32"):
        (tmp_path / "usr/bin" / name).touch()
    assert kits._program(tmp_path, "x-gcc") == "x-gcc-win32"
