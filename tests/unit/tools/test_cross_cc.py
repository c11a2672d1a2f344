from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.tools import cross_cc
from pyo3ops.tools.cross_cc import CrossCompiler

DATA = Path(__file__).parents[2] / "data/tools/cross"
SOME = Path("/opt/bin/some")


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("name", "release"),
    [("aarch64-linux-gnu-gcc", "12.2.0"), ("x86_64-w64-mingw32-gcc", "12-win32"), ("clang", "14.0.6")],
)
def test_what_compilers_print(name: str, release: str) -> None:
    assert cross_cc.parse(SOME, (DATA / f"{name}.txt").read_text(encoding="utf-8")) == CrossCompiler(SOME, release)


@pytest.mark.parametrize("text", ["", "\x00", "usage: it [options]\n", "version"])
def test_no_version_is_an_error(text: str) -> None:
    assert cross_cc.parse(SOME, text).error == "some printed no version"


def test_nothing_is_here(tmp_path: Path) -> None:
    assert cross_cc.ask("aarch64-linux-gnu-gcc", {"PATH": ""}, [tmp_path / "start"]) == CrossCompiler()


def test_what_is_on_path_comes_before_what_was_unpacked(tmp_path: Path) -> None:
    on_path = program(tmp_path / "bin/x-gcc", "echo 'x-gcc (Debian 12.2.0-14) 12.2.0'")
    kit = program(tmp_path / "kit/start", "echo 'x-gcc (Debian 14.2.0-14) 14.2.0'")
    env = {"PATH": str(tmp_path / "bin")}
    assert cross_cc.ask("x-gcc", env, [kit]) == CrossCompiler(on_path, "12.2.0")
    on_path.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert cross_cc.ask("x-gcc", env, [kit]) == CrossCompiler(kit, "14.2.0")
    assert cross_cc.ask("x-gcc", env).error == f"{on_path} ended with 1"


@pytest.mark.parametrize(
    ("triple", "linker", "compiler"),
    [
        (
            "aarch64-unknown-linux-gnu",
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER",
            "CC_aarch64_unknown_linux_gnu",
        ),
        ("x86_64-pc-windows-gnu", "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", "CC_x86_64_pc_windows_gnu"),
    ],
)
def test_variables_of_a_target(triple: str, linker: str, compiler: str) -> None:
    assert (cross_cc.linker_variable(triple), cross_cc.compiler_variable(triple)) == (linker, compiler)
