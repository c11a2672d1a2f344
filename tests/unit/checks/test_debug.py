from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.checks import debug
from pyo3ops.checks.facts.debugging import GdbScript, RustGdb
from pyo3ops.checks.facts.machine import ActiveEnvironment
from pyo3ops.checks.verdict import ok, skip, unknown, warn
from pyo3ops.core.model import Fix, Location
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.gdb import Gdb
from pyo3ops.tools.lldb import Lldb
from pyo3ops.tools.programs import Program
from pyo3ops.tools.system import Installer

LINUX = Installer(None, "linux")
MAC = Installer("brew", "darwin")
WINDOWS = Installer(None, "win32")
NOWHERE = ActiveEnvironment(None, None, exists=True, nox_session=False)
SESSION = ActiveEnvironment("/nox", None, exists=True, nox_session=True)
CI = Location(".github/workflows/ci.yml", 7)
QUIET = "not installed, and nothing in this project asks for it"
LOUD = f"not installed, and {CI} uses it"


def test_gdb() -> None:
    fix = LINUX.fix("gdb")
    assert debug.gdb(Gdb("/bin/gdb", "13.1", "3.11.2"), {}, LINUX) == ok("13.1")
    assert debug.gdb(Gdb(), {}, LINUX) == skip(QUIET, fix)
    assert debug.gdb(Gdb(), {"gdb": CI}, LINUX) == warn(LOUD, fix, where=CI)
    assert debug.gdb(Gdb("/bin/gdb", error="ended with 1"), {}, LINUX) == warn("ended with 1", fix)
    assert debug.gdb(Gdb("/bin/gdb", error="no answer", hung=True), {}, LINUX) == unknown("no answer", fix)
    assert debug.gdb(Gdb(), {"gdb": CI}, MAC) == skip("the debugger of macOS is lldb")
    assert debug.gdb(Gdb(), {}, WINDOWS) == skip("the checks of gdb know Linux")
    assert debug.gdb(Gdb("/bin/gdb", "15.1"), {}, MAC) == ok("15.1")


def test_gdb_python() -> None:
    assert debug.gdb_python(Gdb("/bin/gdb", "13.1", "3.11.2"), LINUX) == ok("3.11.2")
    without = Gdb("/bin/gdb", "13.1", python_error="Python scripting is not supported in this copy of GDB.")
    expected = "none that runs: Python scripting is not supported in this copy of GDB."
    assert debug.gdb_python(without, LINUX) == warn(expected, LINUX.fix("gdb"))


def test_lldb() -> None:
    fix = LINUX.fix("lldb")
    assert debug.lldb(Lldb(path="/bin/lldb", release="19.1.7"), {}, LINUX) == ok("19.1.7")
    assert debug.lldb(Lldb(), {}, LINUX) == skip(QUIET, fix)
    assert debug.lldb(Lldb(), {"lldb": CI}, LINUX) == warn(LOUD, fix, where=CI)
    assert debug.lldb(Lldb(), {"lldb": CI}, WINDOWS) == skip("on Windows it comes with CodeLLDB")
    broken = Lldb(path="/bin/lldb", release="14.0.6", error="its Python does not start", module=Path("/llvm"))
    way = Fix("show it its module: `PYTHONPATH=/llvm lldb`")
    assert debug.lldb(broken, {}, LINUX) == warn("its Python does not start", way)
    assert debug.lldb(Lldb(path="/bin/lldb", error="ended with 127"), {}, LINUX) == warn("ended with 127", fix)
    hung = Lldb(path="/bin/lldb", error="no answer", hung=True)
    assert debug.lldb(hung, {}, LINUX) == unknown("no answer", fix)


def test_rust_gdb() -> None:
    fix = LINUX.fix("rust-gdb")
    assert debug.rust_gdb(RustGdb(None, None), {}, LINUX) == skip(QUIET, fix)
    assert debug.rust_gdb(RustGdb(None, None), {"rust-gdb": CI}, LINUX) == warn(LOUD, fix, where=CI)
    assert debug.rust_gdb(RustGdb("/bin/rust-gdb", Path("/etc/printers.py")), {}, LINUX) == ok("/etc/printers.py")
    way = Fix("install a toolchain that has them, as rustup's do", url="https://rustup.rs")
    expected = warn("the toolchain has no printers for gdb", way)
    assert debug.rust_gdb(RustGdb("/bin/rust-gdb", None), {}, LINUX) == expected


def script(minor: int, path: str | None, *, trusted: bool = False, root: str = "/opt") -> GdbScript:
    binary = Path(f"{root}/bin/python3.{minor}")
    return GdbScript(PythonVersion(minor), binary, Path(path) if path else None, trusted)


def test_python_gdb() -> None:
    good = script(12, "/usr/share/gdb/auto-load/x-gdb.py", trusted=True)
    assert debug.python_gdb((good,), {}, LINUX) == ok("3.12")
    way = Fix("put Tools/gdb/libpython.py of its sources at /opt/bin/python3.13-gdb.py")
    reason = "no py-bt for 3.13: its script is not here"
    assert debug.python_gdb((good, script(13, None)), {}, LINUX) == skip(reason, way)
    expected = warn(reason, way, [f"{CI} uses it"], CI)
    assert debug.python_gdb((good, script(13, None)), {"rust-gdb": CI}, LINUX) == expected
    system = debug.python_gdb((script(11, None, root="/usr"),), {}, LINUX)
    assert system == skip("no py-bt for 3.11: its script is not here", LINUX.fix("python-gdb", PythonVersion(11)))


def test_the_package_is_that_of_the_python() -> None:
    verdict = debug.python_gdb((script(11, None, root="/usr"),), {}, Installer("apt-get", "linux"))
    assert verdict.fix is not None
    assert verdict.fix.argv is not None
    assert verdict.fix.argv[-1] == "python3.11-dbg"


def test_a_script_that_gdb_does_not_trust() -> None:
    scripts = (script(8, "/p/3.8/bin/a-gdb.py"), script(9, "/p/3.9/bin/a-gdb.py"))
    way = Fix("trust its folder: add `add-auto-load-safe-path /p/3.8/bin:/p/3.9/bin` to ~/.gdbinit")
    reason = "no py-bt for 3.8, 3.9: gdb does not trust the folder of its script"
    assert debug.python_gdb(scripts, {}, LINUX) == skip(reason, way)
    assert debug.python_gdb(scripts, {"gdb": CI}, LINUX) == warn(reason, way, [f"{CI} uses it"], CI)


def test_pystack() -> None:
    here, gone = Program("pystack", "/bin/pystack", "1.7.2"), Program("pystack")
    pip = Fix("install pystack", ("pip", "install", "pystack"))
    assert debug.pystack(here, {}, LINUX, None, NOWHERE) == ok("1.7.2")
    assert debug.pystack(gone, {}, LINUX, None, NOWHERE) == skip(QUIET, pip)
    tool = Fix("install pystack", ("/bin/uv", "tool", "install", "pystack"), safe=True)
    assert debug.pystack(gone, {"pystack": CI}, LINUX, "/bin/uv", NOWHERE) == warn(LOUD, tool, where=CI)
    broken = Program("pystack", "/bin/pystack", error="cannot be started")
    assert debug.pystack(broken, {}, LINUX, None, NOWHERE) == warn("cannot be started", pip)
    assert debug.pystack(gone, {"pystack": CI}, MAC, None, NOWHERE) == skip("pystack runs on Linux alone")


def test_memray() -> None:
    gone = Program("memray")
    pip = Fix("install memray", ("pip", "install", "memray"))
    uv = Fix("install memray into the active environment", ("/bin/uv", "pip", "install", "memray"))
    assert debug.memray(Program("memray", "/bin/memray", "1.20.0"), {}, MAC, None, NOWHERE) == ok("1.20.0")
    assert debug.memray(gone, {}, LINUX, None, NOWHERE) == skip(QUIET, pip)
    assert debug.memray(gone, {"memray": CI}, LINUX, "/bin/uv", NOWHERE) == warn(LOUD, uv, where=CI)
    inside = "not installed here, and not needed: the sessions bring their own"
    assert debug.memray(gone, {"memray": CI}, LINUX, None, SESSION) == skip(inside)
    assert debug.memray(gone, {}, WINDOWS, None, NOWHERE) == skip("memray runs on Linux and macOS alone")
    hung = Program("memray", "/bin/memray", error="no answer", hung=True)
    assert debug.memray(hung, {}, LINUX, None, NOWHERE) == unknown("no answer", pip)


@pytest.mark.parametrize("name", ["valgrind", "heaptrack"])
def test_tools_of_linux(name: str) -> None:
    rule = getattr(debug, name)
    fix = LINUX.fix(name)
    assert rule(Program(name, f"/bin/{name}", "1.4.0"), {}, LINUX) == ok("1.4.0")
    assert rule(Program(name), {}, LINUX) == skip(QUIET, fix)
    assert rule(Program(name), {name: CI}, LINUX) == warn(LOUD, fix, where=CI)
    assert rule(Program(name), {name: CI}, MAC) == skip(f"{name} is a tool of Linux")
    assert rule(Program(name, "/bin/x", error="ended with 1"), {}, LINUX) == warn("ended with 1", fix)
