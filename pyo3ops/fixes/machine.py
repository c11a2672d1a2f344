"""What a plan has to know of the machine: asked only when a plan is made."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Iterable, Mapping

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.core.run import python_env, run, which
from pyo3ops.tools import candidates as candidates_tool
from pyo3ops.tools.system import Manager, Need, named, packages

if TYPE_CHECKING:
    from pyo3ops.core.model import Fix

#: Seconds that one question to the machine may take.
TIMEOUT = 30.0
_SCRIPT = """\
import importlib.util as util, sys
print("3.%d" % sys.version_info[1], *(util.find_spec(name) is not None for name in ("venv", "ensurepip", "pip")))
"""


@dataclass(frozen=True)
class Interpreter:
    """The Python that environments are made of."""

    path: str
    version: PythonVersion | None = None
    #: It can make an environment by itself.
    venv: bool = False


@dataclass(frozen=True)
class Machine:
    """What decides which commands fit."""

    root: str
    interpreter: Interpreter
    manager: Manager | None = None
    #: What goes before a command that takes root; None where root is not to be had without a password.
    privilege: tuple[str, ...] | None = ()
    #: The versions of packages that the manager would install.
    candidates: Mapping[str, str] = field(default_factory=dict)
    #: The list of packages was fetched just now.
    refreshed: bool = False
    #: Rows of the package table that are there.
    present: frozenset[str] = frozenset()
    rustup: bool = False
    uv: str | None = None
    #: The interpreter of the active environment, or of the project's own; None without either.
    environment: str | None = None
    environment_pip: bool = False
    #: The oldest rustc that will do.
    msrv: str = ""


def look(root: Path, env: Mapping[str, str], fixes: Iterable[Fix], *, msrv: str, refreshed: bool) -> Machine:
    """Ask what the fixes depend on; nothing is changed, and nobody is asked for a password."""
    wanted = {name for fix in fixes for name in _concerned(fix)}
    manager = find_manager(env)
    interpreter = _interpreter(env)
    python = _environment_python(root, env)
    rows = packages().needs
    concerned = [rows[name] for name in sorted(wanted & rows.keys())]
    inside = _asked(python, env) if python else ()
    return Machine(
        root=str(root),
        interpreter=interpreter,
        manager=manager,
        privilege=_privilege(env) if manager and manager.root else (),
        candidates=candidates_tool.ask(manager, _names(concerned, manager, interpreter), env) if manager else {},
        refreshed=refreshed,
        present=frozenset(row.name for row in concerned if present(row, interpreter.path, env)),
        rustup=which("rustup", env) is not None,
        uv=which("uv", env),
        environment=python,
        environment_pip=inside[-1:] == ("True",),
        msrv=msrv,
    )


def _concerned(fix: Fix) -> tuple[str, ...]:
    """The rows of the package table that a fix may come to: whoever installs with pip may lack venv first."""
    first = PurePath(fix.argv[0]).name if fix.argv else ""
    rust = ("Rust", "certificates") if "Rust" in (fix.need, first.replace("rustup", "Rust")) else ()
    tools = ("venv",) if first in ("pip", "uv") or (fix.argv or ())[1:3] == ("-m", "venv") else ()
    return (*((fix.need,) if fix.need else ()), *rust, *tools)


def find_manager(env: Mapping[str, str]) -> Manager | None:
    """The first package manager of the table on the PATH of `env`."""
    return next((manager for manager in packages().managers.values() if which(manager.name, env)), None)


def present(row: Need, python: str, env: Mapping[str, str]) -> bool:
    """True where the row's proof holds."""
    if row.files:
        return any(Path(file).exists() for file in row.files)
    return run(row.proving(python), timeout=TIMEOUT, env=python_env(env)).ok


def reach(root: Path, env: Mapping[str, str], home: Path) -> dict[str, str]:
    """`env` as a new shell would have it: with the folders that installers fill, and the project's own environment."""
    reached = dict(env)
    path = [part for part in env.get("PATH", "").split(os.pathsep) if part]
    cargo = Path(env.get("CARGO_HOME") or home / ".cargo") / "bin"
    folders = [cargo, home / ".local/bin"]
    brew = which("brew", env)
    if brew:
        # Homebrew links no program of its rustup, lest it meet another's.
        folders.append(Path(brew).parent.parent / "opt/rustup/bin")
    path += [str(folder) for folder in folders if folder.is_dir() and str(folder) not in path]
    python = None if _active(env) else own_python(root)
    if python is not None:
        reached["VIRTUAL_ENV"] = str(python.parents[1])
        path.insert(0, str(python.parent))
    reached["PATH"] = os.pathsep.join(path)
    return reached


def own_python(root: Path) -> Path | None:
    """The interpreter of the environment in the project's `.venv`, if there is one."""
    python = environment_python(root / ".venv")
    return python if python.exists() else None


def environment_python(folder: Path) -> Path:
    """Where an environment in `folder` has its interpreter."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _active(env: Mapping[str, str]) -> Path | None:
    folder = env.get("VIRTUAL_ENV") or env.get("CONDA_PREFIX")
    return Path(folder) if folder and Path(folder).is_dir() else None


def _environment_python(root: Path, env: Mapping[str, str]) -> str | None:
    active = _active(env)
    python = (environment_python(active) if env.get("VIRTUAL_ENV") else active / "bin/python") if active else None
    python = python or own_python(root)
    return str(python) if python and python.exists() else None


def _interpreter(env: Mapping[str, str]) -> Interpreter:
    for path in (which("python3", env), which("python", env), sys.executable):
        words = _asked(path, env) if path else ()
        if path and words and re.fullmatch(r"3\.\d+", words[0]):
            return Interpreter(path, PythonVersion.parse(words[0]), venv=words[1:3] == ("True", "True"))
    return Interpreter(sys.executable)


def _asked(python: str, env: Mapping[str, str]) -> tuple[str, ...]:
    result = run([python, "-I", "-c", _SCRIPT], timeout=TIMEOUT, env=python_env(env))
    return tuple(result.out.split()) if result.ok else ()


def _names(rows: Iterable[Need], manager: Manager | None, interpreter: Interpreter) -> list[str]:
    name = manager.name if manager else ""
    entries = [entry for row in rows for entry in named(row, name, interpreter.version)]
    groups = [group for row in rows for group in row.choices.get(name, ())]
    return list(dict.fromkeys([way for entry in entries for way in entry.split("|")] + [n for g in groups for n in g]))


def _privilege(env: Mapping[str, str]) -> tuple[str, ...] | None:
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        return ()
    # -n: whoever would ask for a password says so instead.
    ways = (("sudo", "-n"), ("doas", "-n"))
    return next((way for way in ways if which(way[0], env) and run([*way, "true"], timeout=TIMEOUT, env=env).ok), None)
