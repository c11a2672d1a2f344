from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.checks.facts import debugging
from pyo3ops.checks.facts.debugging import GdbScript, InterpreterBinary, RustGdb
from pyo3ops.checks.facts.sources import BuiltLibrary
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools import elf
from pyo3ops.tools.gdb import Gdb
from pyo3ops.tools.programs import Program
from pyo3ops.tools.python import Interpreters
from pyo3ops.tools.rustup import Sysroot
from pyo3ops.tools.symbols import Symbols

if TYPE_CHECKING:
    from pyo3ops.core.project import Project
    from pyo3ops.tools.python import Interpreter

P12 = PythonVersion(12)


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


@pytest.mark.parametrize("name", ["heaptrack", "memray", "perf", "py-spy", "pystack", "valgrind"])
def test_programs_are_asked_by_name(name: str) -> None:
    assert getattr(debugging, name.replace("-", "_"))({"PATH": ""}) == Program(name)


def test_debuggers_are_looked_for() -> None:
    assert debugging.gdb({"PATH": ""}).path is None
    assert debugging.lldb({"PATH": ""}).path is None


def test_rust_gdb(tmp_path: Path) -> None:
    assert debugging.rust_gdb({"PATH": ""}, Sysroot(None)) == RustGdb(None, None)
    path = program(tmp_path / "bin/rust-gdb")
    env = {"PATH": str(path.parent)}
    assert debugging.rust_gdb(env, Sysroot(tmp_path)) == RustGdb(str(path), None)
    printers = program(tmp_path / "lib/rustlib/etc/gdb_load_rust_pretty_printers.py")
    assert debugging.rust_gdb(env, Sysroot(tmp_path)) == RustGdb(str(path), printers)


def test_gdb_scripts(tmp_path: Path) -> None:
    python = InterpreterBinary(P12, tmp_path / "bin/python3.12", tmp_path / "lib/libpython3.12.so.1.0")
    told = Gdb("/usr/bin/gdb", "13.1", "3.11.2", safe_path="$debugdir:$datadir/auto-load")
    assert debugging.gdb_scripts(told, (python,), tmp_path, {}) == (GdbScript(P12, python.executable, None),)
    script = program(tmp_path / "lib/libpython3.12.so.1.0-gdb.py")
    assert debugging.gdb_scripts(told, (python,), tmp_path, {}) == (GdbScript(P12, python.executable, script),)
    (tmp_path / ".gdbinit").write_text("add-auto-load-safe-path ~/\n", encoding="utf-8")
    (found,) = debugging.gdb_scripts(told, (python,), tmp_path, {})
    assert found.trusted


def test_who_is_stopped_is_looked_up_on_path(tmp_path: Path) -> None:
    for name in ("gdb", "py-spy", "perf", "coredumpctl"):
        program(tmp_path / name)
    env = {"PATH": str(tmp_path)}
    assert debugging.tracing(env).tools == ("gdb", "py-spy")
    assert debugging.perf_events(env).tools == ("perf",)
    cores = debugging.core_dumps(tmp_path, env)
    assert (cores.readers, cores.coredumpctl) == (("gdb",), True)
    assert not debugging.core_dumps(tmp_path, {"PATH": ""}).coredumpctl


def test_where_cores_go(tmp_path: Path) -> None:
    handler = program(tmp_path / "apport")
    assert debugging._usable(f"|{handler} -p%p -s%s", tmp_path)
    assert not debugging._usable(f"|{tmp_path}/gone %p", tmp_path)
    assert not debugging._usable("|", tmp_path)
    assert debugging._usable("core", tmp_path)
    assert debugging._usable(f"{tmp_path}/core.%p", Path("/"))
    assert debugging._usable(f"{tmp_path}/%e/core", Path("/"))
    assert not debugging._usable(f"{tmp_path}/gone/core.%p", Path("/"))


def test_this_python_s_binary(make_interpreter: Callable[..., Interpreter]) -> None:
    version = f"3.{sys.version_info[1]}"
    python = make_interpreter(version, path=Path(sys.executable))
    (found,) = debugging.interpreter_binaries(Interpreters((), (python,), ()))
    real = Path(os.path.realpath(sys.executable))
    assert found.executable == real
    linked = any(name.startswith("libpython3.") for name in elf.needed(real))
    assert (found.holder != real) == linked
    assert found.holder.is_file()


def test_the_library_holds_the_interpreter(
    tmp_path: Path, make_interpreter: Callable[..., Interpreter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elf, "needed", lambda _: ("libc.so.6", "libpython3.12.so.1.0"))
    executable = program(tmp_path / "bin/python3.12")
    python = make_interpreter("3.12", path=executable, libpython=Path("/install/lib/libpython3.12.so.1.0"))
    found = debugging.interpreter_binaries(Interpreters((), (python,), ()))
    assert found == (InterpreterBinary(P12, executable, executable),)
    library = program(tmp_path / "lib/libpython3.12.so.1.0")
    found = debugging.interpreter_binaries(Interpreters((), (python,), ()))
    assert found == (InterpreterBinary(P12, executable, library),)
    (said,) = debugging.python_symbols(found)
    assert (said.version, said.symbols) == (P12, Symbols(library, error="not an ELF file"))


def test_the_newest_build_counts(tmp_path: Path, make_project: Callable[..., Project]) -> None:
    project = make_project(root=tmp_path, target_directory=tmp_path / "target")
    assert debugging.extension_symbols(project, (), {}) == ()
    names = ("target/release/libcrab.so", "target/x86_64-unknown-linux-gnu/debug/libcrab.so", "crab.abi3.so")
    for name in (*names, "target/release/libother.so", "target/release/deps/deep/libcrab.so"):
        path = program(tmp_path / name)
        os.utime(path, (1, 1))
    tree = (BuiltLibrary("crab.abi3.so", stable_abi=True, libpython=None),)
    for name in names:
        os.utime(tmp_path / name, (100 + names.index(name), 100 + names.index(name)))
        (found,) = debugging.extension_symbols(project, tree, {})
        assert found.path == tmp_path / name
    elsewhere = program(tmp_path / "elsewhere/release/libcrab.so")
    (found,) = debugging.extension_symbols(project, (), {"CARGO_TARGET_DIR": "elsewhere"})
    assert found.path == elsewhere
