"""Facts of debuggers, memory checkers and profilers, and of the kernel settings that they depend on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.run import which
from pyo3ops.tools import elf, kernel, programs, symbols
from pyo3ops.tools import gdb as gdb_tool
from pyo3ops.tools import lldb as lldb_tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyo3ops.checks.facts.sources import BuiltLibrary
    from pyo3ops.core.project import Project
    from pyo3ops.core.pythons import PythonVersion
    from pyo3ops.tools.gdb import Gdb
    from pyo3ops.tools.kernel import CoreLimit, Setting
    from pyo3ops.tools.lldb import Lldb
    from pyo3ops.tools.programs import Program
    from pyo3ops.tools.python import Interpreter, Interpreters
    from pyo3ops.tools.rustup import Sysroot
    from pyo3ops.tools.symbols import Symbols

#: What can stop another process and look at it, and what reads cores.
_ATTACHING = ("gdb", "lldb", "py-spy", "pystack", "memray")
_CORE_READERS = ("gdb", "lldb", "pystack")
#: What samples through the kernel's perf events.
_SAMPLING = ("perf", "samply")


@dataclass(frozen=True)
class GdbScript:
    """The gdb extension of one Python: `path` is None where there is none; gdb loads it only where `trusted`."""

    version: PythonVersion
    binary: Path
    path: Path | None
    trusted: bool = False


@dataclass(frozen=True)
class RustGdb:
    """rust-gdb on PATH, and the script of the toolchain by which gdb prints Rust's types; None for what is missing."""

    path: str | None
    printers: Path | None


@dataclass(frozen=True)
class Tracing:
    """Who may stop and read another process; `tools` are those here that do."""

    scope: Setting
    privileged: bool
    tools: tuple[str, ...] = ()


@dataclass(frozen=True)
class CoreDumps:
    """Where the kernel puts the memory of a process that crashed; `readers` are the debuggers here that open it."""

    pattern: Setting
    limit: CoreLimit | None
    #: False where an empty pattern switches cores off.
    uses_pid: bool = False
    #: The program or the folder that the pattern names is there, and the folder is writable.
    usable: bool = True
    coredumpctl: bool = False
    readers: tuple[str, ...] = ()


@dataclass(frozen=True)
class PerfEvents:
    """Who may sample through the kernel; `tools` are those here that do."""

    paranoid: Setting
    privileged: bool
    #: Whether it was let, or None where it could not be tried.
    allowed: bool | None
    tools: tuple[str, ...] = ()


@dataclass(frozen=True)
class InterpreterBinary:
    """The files of one Python: `holder` has the interpreter in it, which is its library where it is linked with one."""

    version: PythonVersion
    executable: Path
    holder: Path


@dataclass(frozen=True)
class PythonSymbols:
    """What debuggers can name in the binary that holds the interpreter."""

    version: PythonVersion
    symbols: Symbols


def gdb(env: Mapping[str, str]) -> Gdb:
    """The gdb on PATH."""
    return gdb_tool.ask(env)


def lldb(env: Mapping[str, str]) -> Lldb:
    """The lldb on PATH."""
    return lldb_tool.ask(env)


def valgrind(env: Mapping[str, str]) -> Program:
    """The valgrind on PATH."""
    return programs.ask("valgrind", env)


def heaptrack(env: Mapping[str, str]) -> Program:
    """The heaptrack on PATH."""
    return programs.ask("heaptrack", env)


def memray(env: Mapping[str, str]) -> Program:
    """The memray on PATH."""
    return programs.ask("memray", env)


def pystack(env: Mapping[str, str]) -> Program:
    """The pystack on PATH."""
    return programs.ask("pystack", env)


def py_spy(env: Mapping[str, str]) -> Program:
    """The py-spy on PATH."""
    return programs.ask("py-spy", env)


def perf(env: Mapping[str, str]) -> Program:
    """The perf on PATH."""
    return programs.ask("perf", env)


def rust_gdb(env: Mapping[str, str], sysroot: Sysroot) -> RustGdb:
    """The rust-gdb on PATH, and the printers that it makes gdb load."""
    printers = sysroot.path / "lib/rustlib/etc/gdb_load_rust_pretty_printers.py" if sysroot.path else None
    return RustGdb(which("rust-gdb", env), printers if printers and printers.is_file() else None)


def gdb_scripts(
    gdb: Gdb, interpreter_binaries: tuple[InterpreterBinary, ...], home: Path, env: Mapping[str, str]
) -> tuple[GdbScript, ...]:
    """The gdb extension of each interpreter."""
    safe = gdb_tool.safe_folders(gdb, home, env)
    return tuple(_gdb_script(python, gdb, safe) for python in interpreter_binaries)


def _gdb_script(python: InterpreterBinary, gdb: Gdb, safe: tuple[Path, ...]) -> GdbScript:
    scripts = (gdb_tool.script_of(binary, gdb) for binary in (python.executable, python.holder))
    path = next(filter(None, scripts), None)
    if path is None:
        return GdbScript(python.version, python.executable, None)
    real = path.resolve()
    trusted = any(folder == real or folder.resolve() in real.parents for folder in safe)
    return GdbScript(python.version, python.executable, path, trusted)


def tracing(env: Mapping[str, str]) -> Tracing:
    """What Yama and the capabilities of this process let debuggers do."""
    privileged = kernel.SYS_PTRACE in kernel.capabilities()
    return Tracing(kernel.setting("kernel.yama.ptrace_scope"), privileged, _present(_ATTACHING, env))


def core_dumps(root: Path, env: Mapping[str, str]) -> CoreDumps:
    """What becomes of a crash."""
    pattern = kernel.setting("kernel.core_pattern")
    return CoreDumps(
        pattern,
        kernel.core_limit(),
        uses_pid=kernel.setting("kernel.core_uses_pid").number == 1,
        usable=_usable(pattern.value or "", root),
        coredumpctl=which("coredumpctl", env) is not None,
        readers=_present(_CORE_READERS, env),
    )


def perf_events(env: Mapping[str, str]) -> PerfEvents:
    """What the kernel lets profilers do."""
    paranoid = kernel.setting("kernel.perf_event_paranoid")
    privileged = bool(kernel.capabilities() & {kernel.PERFMON, kernel.SYS_ADMIN})
    allowed = None if paranoid.value is None else kernel.may_sample()
    return PerfEvents(paranoid, privileged, allowed, _present(_SAMPLING, env))


def interpreter_binaries(interpreters: Interpreters) -> tuple[InterpreterBinary, ...]:
    """The files of each Python that debuggers see."""
    return tuple(_binary(python) for python in interpreters.working)


def python_symbols(interpreter_binaries: tuple[InterpreterBinary, ...]) -> tuple[PythonSymbols, ...]:
    """What debuggers can name in each interpreter."""
    return tuple(PythonSymbols(python.version, symbols.read(python.holder)) for python in interpreter_binaries)


def extension_symbols(
    project: Project, built_libraries: tuple[BuiltLibrary, ...], env: Mapping[str, str]
) -> tuple[Symbols, ...]:
    """What debuggers can name in the newest build of each extension module, in the tree or in the target folder."""
    in_tree = [project.root / library.path for library in built_libraries]
    found = []
    for extension in project.extensions:
        name = extension.module.rpartition(".")[2]
        copies = [path for path in in_tree if path.name.partition(".")[0] == name]
        newest = max([*copies, *_built(project, extension.library, env)], key=_modified, default=None)
        if newest:
            found.append(symbols.read(newest))
    return tuple(found)


def _built(project: Project, library: str, env: Mapping[str, str]) -> Iterator[Path]:
    chosen = env.get("CARGO_TARGET_DIR") or env.get("CARGO_BUILD_TARGET_DIR")
    folder = project.root / chosen if chosen else project.target_directory
    if folder is not None:
        # One folder a profile, below one a target triple where the build names one. Only ELF files can be read.
        yield from (path for depth in ("*", "*/*") for path in folder.glob(f"{depth}/lib{library}.so"))


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _binary(python: Interpreter) -> InterpreterBinary:
    executable = python.path.resolve()
    linked = next((name for name in elf.needed(executable) if name.startswith("libpython3.")), None)
    # A Python that was moved still knows the folder that it was configured with.
    folders = (python.libpython.parent, executable.parent.parent / "lib")
    libraries = [folder / linked for folder in folders] if linked else []
    holder = next((library for library in libraries if library.is_file()), executable)
    return InterpreterBinary(python.version, executable, holder)


def _present(names: Iterable[str], env: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name in names if which(name, env))


def _usable(pattern: str, root: Path) -> bool:
    """True where the program that a core_pattern names is there, or the folder can be written to."""
    if pattern.startswith("|"):
        words = pattern[1:].split()
        return bool(words) and Path(words[0]).is_file()
    # Where a name has specifiers (core(5)), only the folders above the first one are known.
    folder = (root / pattern.partition("%")[0]).parent
    return os.access(folder, os.W_OK)
