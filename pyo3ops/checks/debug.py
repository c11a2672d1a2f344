"""Debuggers and memory checkers: whether they are here, whole, and see both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.checks.registry import check
from pyo3ops.checks.verdict import Verdict, ok, skip, unknown, warn
from pyo3ops.core.model import Fix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.checks.facts.debugging import GdbScript, RustGdb
    from pyo3ops.checks.facts.machine import ActiveEnvironment
    from pyo3ops.core.model import Location
    from pyo3ops.tools.gdb import Gdb
    from pyo3ops.tools.lldb import Lldb
    from pyo3ops.tools.programs import Program
    from pyo3ops.tools.system import Installer


#: The names under which a project may use gdb.
_GDB = ("gdb", "rust-gdb")


@check("debug.gdb", "gdb is here", link="https://sourceware.org/gdb/")
def gdb(gdb: Gdb, asked_tools: Mapping[str, Location], installer: Installer) -> Verdict:
    """Stops in Rust and in C, shows every thread and inlined function, and opens the core of a crash."""
    if gdb.path is None and installer.system != "linux":
        return skip("the debugger of macOS is lldb" if installer.system == "darwin" else "the checks of gdb know Linux")
    return presence("gdb", gdb, asked_tools, installer.fix("gdb"))


@check(
    "debug.gdb-python",
    "gdb has Python inside",
    needs=("debug.gdb",),
    link="https://sourceware.org/gdb/current/onlinedocs/gdb.html/Python.html",
)
def gdb_python(gdb: Gdb, installer: Installer) -> Verdict:
    """What shows Python frames, and Rust's types as Rust writes them, are scripts that run inside gdb."""
    if gdb.python:
        return ok(gdb.python)
    return warn(f"none that runs: {gdb.python_error}", installer.fix("gdb"))


@check("debug.lldb", "lldb is here", link="https://lldb.llvm.org")
def lldb(lldb: Lldb, asked_tools: Mapping[str, Location], installer: Installer) -> Verdict:
    """The debugger of macOS, and behind CodeLLDB; its formatters for Rust run in a Python of its own."""
    if lldb.path is None and installer.system == "win32":
        return skip("on Windows it comes with CodeLLDB")
    fix = Fix(f"show it its module: `PYTHONPATH={lldb.module} lldb`") if lldb.module else installer.fix("lldb")
    return presence("lldb", lldb, asked_tools, fix)


@check(
    "debug.rust-gdb",
    "rust-gdb knows Rust's types",
    needs=("rust.rustc", "debug.gdb-python"),
    link="https://rustc-dev-guide.rust-lang.org/debuginfo/debugger-visualizers.html",
)
def rust_gdb(rust_gdb: RustGdb, asked_tools: Mapping[str, Location], installer: Installer) -> Verdict:
    """A gdb that loads the toolchain's printers: a Vec is shown as its elements rather than as three pointers."""
    if rust_gdb.path is None:
        return _absent("rust-gdb", asked_tools, installer.fix("rust-gdb"))
    if rust_gdb.printers is None:
        fix = Fix("install a toolchain that has them, as rustup's do", url="https://rustup.rs")
        return warn("the toolchain has no printers for gdb", fix)
    return ok(str(rust_gdb.printers))


@check(
    "debug.python-gdb",
    "gdb knows Python's frames",
    needs=("python.interpreters", "debug.gdb-python"),
    link="https://docs.python.org/3/howto/gdb_helpers.html",
)
def python_gdb(
    gdb_scripts: tuple[GdbScript, ...], asked_tools: Mapping[str, Location], installer: Installer
) -> Verdict:
    """`py-bt` and its kin come from a script beside each interpreter, which gdb loads from trusted folders alone."""
    missing = [script for script in gdb_scripts if script.path is None]
    refused = [script for script in gdb_scripts if script.path and not script.trusted]
    if not missing and not refused:
        return ok(", ".join(str(script.version) for script in gdb_scripts))
    names = ", ".join(str(script.version) for script in missing or refused)
    if missing:
        script = missing[0].binary.with_name(f"{missing[0].binary.name}-gdb.py")
        own = missing[0].binary.parts[:2] != ("/", "usr")
        fix = (
            Fix(f"put Tools/gdb/libpython.py of its sources at {script}")
            if own
            else installer.fix("python-gdb", missing[0].version)
        )
        return asked_or_skip(f"no py-bt for {names}: its script is not here", fix, asked_tools, _GDB)
    folders = sorted({str(script.path.parent) for script in refused if script.path})
    fix = Fix(f"trust its folder: add `add-auto-load-safe-path {':'.join(folders)}` to ~/.gdbinit")
    return asked_or_skip(f"no py-bt for {names}: gdb does not trust the folder of its script", fix, asked_tools, _GDB)


@check("debug.pystack", "pystack is here", link="https://bloomberg.github.io/pystack/")
def pystack(
    pystack: Program,
    asked_tools: Mapping[str, Location],
    installer: Installer,
    uv: str | None,
    active_environment: ActiveEnvironment,
) -> Verdict:
    """Shows Python and Rust frames in one stack, of a running process or of a core, in a fraction of a second."""
    if installer.system != "linux":
        return skip("pystack runs on Linux alone")
    return python_tool("pystack", pystack, asked_tools, uv, active_environment)


@check("debug.memray", "memray is here", link="https://bloomberg.github.io/memray/")
def memray(
    memray: Program,
    asked_tools: Mapping[str, Location],
    installer: Installer,
    uv: str | None,
    active_environment: ActiveEnvironment,
) -> Verdict:
    """Tells which Python line and which Rust function allocated; it has to be in the environment that it watches."""
    if installer.system == "win32":
        return skip("memray runs on Linux and macOS alone")
    return python_tool("memray", memray, asked_tools, uv, active_environment, alongside=True)


@check("debug.valgrind", "valgrind is here", link="https://valgrind.org")
def valgrind(valgrind: Program, asked_tools: Mapping[str, Location], installer: Installer) -> Verdict:
    """Finds memory that is lost, and reads of what was freed or never written, in unsafe code and in C."""
    return linux_tool(valgrind, asked_tools, installer)


@check("debug.heaptrack", "heaptrack is here", link="https://github.com/KDE/heaptrack")
def heaptrack(heaptrack: Program, asked_tools: Mapping[str, Location], installer: Installer) -> Verdict:
    """Tells who allocates, at a fraction of what valgrind costs."""
    return linux_tool(heaptrack, asked_tools, installer)


def presence(name: str, program: Program | Gdb, asked: Mapping[str, Location], fix: Fix) -> Verdict:
    """Ok where a program runs; a missing one matters where the project's own files use it, a broken one always."""
    if program.path is None:
        return _absent(name, asked, fix)
    if program.hung:
        return unknown(program.error or f"{name} hangs", fix)
    return warn(program.error, fix) if program.error else ok(program.release)


def linux_tool(program: Program, asked: Mapping[str, Location], installer: Installer) -> Verdict:
    """The presence of a program that only Linux has."""
    if program.path is None and installer.system != "linux":
        return skip(f"{program.name} is a tool of Linux")
    return presence(program.name, program, asked, installer.fix(program.name))


def python_tool(
    name: str,
    program: Program,
    asked: Mapping[str, Location],
    uv: str | None,
    active: ActiveEnvironment,
    *,
    alongside: bool = False,
) -> Verdict:
    """The presence of a program that pip installs; `alongside` where it must be in the environment that it watches."""
    if program.path is None and active.nox_session:
        return skip("not installed here, and not needed: the sessions bring their own")
    if uv is None:
        fix = Fix(f"install {name}", ("pip", "install", name))
    elif alongside:
        fix = Fix(f"install {name} into the active environment", (uv, "pip", "install", name))
    else:
        fix = Fix(f"install {name}", (uv, "tool", "install", name), safe=True)
    return presence(name, program, asked, fix)


def asked_or_skip(reason: str, fix: Fix, asked: Mapping[str, Location], tools: tuple[str, ...]) -> Verdict:
    """A warning where the project's own files use one of these tools, else a skip that shows the way."""
    where = next((asked[tool] for tool in tools if tool in asked), None)
    return warn(reason, fix, [f"{where} uses it"], where) if where else skip(reason, fix)


def _absent(name: str, asked: Mapping[str, Location], fix: Fix) -> Verdict:
    where = asked.get(name)
    if where:
        return warn(f"not installed, and {where} uses it", fix, where=where)
    return skip("not installed, and nothing in this project asks for it", fix)
