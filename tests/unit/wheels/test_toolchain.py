from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pyo3ops.tools import zig
from pyo3ops.tools.maturin import Maturin
from pyo3ops.tools.rustc import Rustc
from pyo3ops.wheels import toolchain
from pyo3ops.wheels.toolchain import Toolchain, Zig

if TYPE_CHECKING:
    from pathlib import Path

RUSTC = """\
rustc 1.95.0 (59807616e 2026-04-14)
binary: rustc
commit-hash: 59807616e1fa2540724bfbac14d7976d7e4a3860
host: x86_64-unknown-linux-gnu
release: 1.95.0
"""


def program(folder: Path, name: str, body: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!{sys.executable}\nimport sys\n{body}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def compiler(folder: Path) -> None:
    program(folder, "rustc", f"print('/sysroot') if '--print' in sys.argv else print({RUSTC!r})")


@pytest.fixture(autouse=True)
def _no_zig_of_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)


def test_programs_are_asked(tmp_path: Path) -> None:
    bin_folder = tmp_path / "bin"
    compiler(bin_folder)
    program(bin_folder, "maturin", "print('maturin 1.16.0')")
    program(bin_folder, "zig", "print('0.15.2')")
    found = toolchain.ask(tmp_path, {"PATH": str(bin_folder)}, tmp_path)
    assert (found.rustc.release, found.rustc.host) == ("1.95.0", "x86_64-unknown-linux-gnu")
    assert (found.commit, found.sysroot) == ("59807616e1fa2540724bfbac14d7976d7e4a3860", "/sysroot")
    assert found.zig == Zig("0.15.2", ((zig.VARIABLE, str(bin_folder / "zig")),))
    assert (found.sccache, found.no_sccache) == ("", "it is not here")


def test_nothing_at_all_is_a_value(tmp_path: Path) -> None:
    found = toolchain.ask(tmp_path, {"PATH": str(tmp_path)}, tmp_path)
    assert found.rustc.missing
    assert found.maturin.missing
    assert found.zig is None
    assert (found.commit, found.sysroot) == ("", "")


def test_the_zig_of_the_python_on_path(tmp_path: Path) -> None:
    program(tmp_path / "bin", "python3", "assert sys.argv[1:] == ['-m', 'ziglang', 'version']; print('0.15.2')")
    assert toolchain.find_zig({"PATH": str(tmp_path / "bin")}) == Zig("0.15.2")
    program(tmp_path / "bin", "python3", "sys.exit('No module named ziglang')")
    assert toolchain.find_zig({"PATH": str(tmp_path / "bin")}) is None


def test_a_sccache_is_used_where_it_works_and_nothing_else_wraps(tmp_path: Path) -> None:
    bin_folder = tmp_path / "bin"
    compiler(bin_folder)
    env = {"PATH": str(bin_folder)}
    program(bin_folder, "sccache", "")
    assert toolchain.ask(tmp_path, env, tmp_path).sccache == str(bin_folder / "sccache")
    other = toolchain.ask(tmp_path, {**env, "RUSTC_WRAPPER": "other"}, tmp_path)
    assert (other.sccache, other.no_sccache) == ("", "other is the wrapper already")
    off = toolchain.ask(tmp_path, {**env, "RUSTC_WRAPPER": ""}, tmp_path)
    assert (off.sccache, off.no_sccache) == ("", "RUSTC_WRAPPER is empty")
    program(bin_folder, "sccache", "sys.exit('error: the server does not start')")
    broken = toolchain.ask(tmp_path, env, tmp_path)
    assert broken.sccache == ""
    assert broken.no_sccache.endswith("sccache ended with 1: error: the server does not start")


def test_two_nightlies_of_one_number_are_told_apart() -> None:
    def said(described: str) -> str:
        return Toolchain(Rustc(), described, "", "", Maturin("1.16.0"), Zig("0.15.2"), "", "").said

    assert said(RUSTC) == f"{RUSTC.strip()}\nmaturin 1.16.0\nzig 0.15.2"
    assert said("1.97.0-nightly (a 2026-05-01)") != said("1.97.0-nightly (b 2026-05-02)")
