"""Facts of the machine and of the project as a whole: programs, interpreters, folders that are written to."""

from __future__ import annotations

import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyo3ops.core import discover, pyo3
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.core.run import which
from pyo3ops.tools import cargo as cargo_tool
from pyo3ops.tools import cc, python
from pyo3ops.tools import macos as macos_tool
from pyo3ops.tools import maturin as maturin_tool
from pyo3ops.tools import rustc as rustc_tool
from pyo3ops.tools import system as system_tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyo3ops.core.project import Project
    from pyo3ops.core.pyo3 import Pyo3Release

#: No CPython 3 beyond this is asked about when a version specifier is turned into versions.
_LAST_MINOR = 40


@dataclass(frozen=True)
class Folder:
    """A folder that is written to; `error` says why it cannot be."""

    path: Path
    error: str | None = None
    #: The nearest folder above it, or itself, that is there.
    existing: Path | None = None


@dataclass(frozen=True)
class ActiveEnvironment:
    """The environments that variables call active; `exists` is about the one that counts."""

    virtualenv: str | None
    conda: str | None
    exists: bool
    nox_session: bool


def pyproject(root: Path) -> dict[str, Any]:
    """What pyproject.toml says; empty without one."""
    return discover.read_pyproject(root)


def project(root: Path, env: Mapping[str, str], pyproject: dict[str, Any]) -> Project:
    """The project as its files and cargo describe it."""
    return discover.read_project(root, env, pyproject=pyproject)


def rustc(root: Path, env: Mapping[str, str]) -> rustc_tool.Rustc:
    """The compiler that applies here."""
    return rustc_tool.ask(root, env)


def cargo(root: Path, env: Mapping[str, str]) -> cargo_tool.Cargo:
    """The cargo that applies here."""
    return cargo_tool.ask(root, env)


def maturin(env: Mapping[str, str]) -> maturin_tool.Maturin:
    """The maturin on PATH."""
    return maturin_tool.ask(env)


def link(root: Path, env: Mapping[str, str]) -> cc.Link:
    """A tiny shared object, linked as rustc would."""
    # The host's triple matters where a variable names a linker for it, which is rare: else nothing waits for rustc.
    named = any(name.startswith("CARGO_TARGET_") and name.endswith("_LINKER") for name in env)
    return cc.link(rustc_tool.ask(root, env).host if named else "", env)


def system() -> str:
    """The system that this runs on, as sys.platform calls it."""
    return sys.platform


def macos(system: str, env: Mapping[str, str]) -> macos_tool.MacOs | None:
    """The Mac that this runs on, if it is one."""
    return macos_tool.ask(env) if system == "darwin" else None


def installer(env: Mapping[str, str]) -> system_tool.Installer:
    """The system's package manager."""
    return system_tool.installer(env)


def uv(env: Mapping[str, str]) -> str | None:
    """Path of uv, or None."""
    return which("uv", env)


def pyenv(env: Mapping[str, str]) -> str | None:
    """Path of pyenv, or None."""
    return which("pyenv", env)


def declared_interpreters(pyproject: dict[str, Any], env: Mapping[str, str], home: Path) -> python.Interpreters:
    """A working interpreter of each Python that pyproject.toml names: no need to wait for cargo to start them."""
    return python.find(discover.declared_pythons(pyproject), env, home)


def interpreters(
    project: Project, declared_interpreters: python.Interpreters, env: Mapping[str, str], home: Path
) -> python.Interpreters:
    """A working interpreter of each Python of the matrix."""
    if set(project.pythons) == set(declared_interpreters.wanted):
        return declared_interpreters
    return python.find(project.pythons, env, home)


def pyo3_releases(project: Project) -> tuple[Pyo3Release, ...]:
    """What is known of each release of PyO3 that the project uses."""
    lines = {ext.pyo3.release for ext in project.extensions if ext.pyo3.release}
    return tuple(row for row in pyo3.releases() if row.release in lines)


def maturin_requirement(project: Project) -> str | None:
    """The version specifier of maturin in build-system.requires; None without one."""
    for line in project.build_requires:
        # packaging.requirements reads all of PEP 508, and takes as long to import as cargo to answer.
        match = re.match(r"maturin(?![\w.-])\s*(?:\[[^\]]*\])?\s*\(?([^;@)]*)", line, re.IGNORECASE)
        if match:
            return match[1].strip() or None
    return None


def cargo_home(env: Mapping[str, str], home: Path) -> Folder:
    """Where cargo keeps what it downloads."""
    return _folder(Path(env.get("CARGO_HOME") or home / ".cargo"))


def target_folder(project: Project, env: Mapping[str, str]) -> Folder | None:
    """Where cargo compiles."""
    chosen = env.get("CARGO_TARGET_DIR") or env.get("CARGO_BUILD_TARGET_DIR")
    path = project.root / chosen if chosen else project.target_directory
    return None if path is None else _folder(path)


def active_environment(env: Mapping[str, str]) -> ActiveEnvironment:
    """Which virtual environment is active."""
    virtualenv, conda = env.get("VIRTUAL_ENV") or None, env.get("CONDA_PREFIX") or None
    active = virtualenv or conda
    return ActiveEnvironment(
        virtualenv, conda, exists=active is None or Path(active).is_dir(), nox_session="NOX_CURRENT_SESSION" in env
    )


def pyo3_config_file(env: Mapping[str, str]) -> str | None:
    """PYO3_CONFIG_FILE, where it names a file that exists."""
    name = env.get("PYO3_CONFIG_FILE")
    return name if name and Path(name).is_file() else None


def lowest_admitted(project: Project) -> PythonVersion | None:
    """The lowest Python 3 that requires-python admits; None where it is missing or unreadable."""
    return next(_admitted(project), None) if project.requires_python else None


def refused_pythons(project: Project) -> tuple[PythonVersion, ...] | None:
    """The Pythons of the matrix that requires-python excludes; None where it is unreadable."""
    admitted = list(_admitted(project))
    if not admitted:
        return None
    return tuple(version for version in project.pythons if PythonVersion(version.minor) not in admitted)


def stale_locks(project: Project) -> tuple[str, ...]:
    """Where a Cargo.lock disagrees with the manifest of an extension crate, a line each."""
    return discover.stale_locks(project)


def _admitted(project: Project) -> Iterator[PythonVersion]:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - costs what start-up cannot pay

    try:
        specifier = SpecifierSet(project.requires_python or "")
    except InvalidSpecifier:
        return
    for minor in range(_LAST_MINOR):
        # ">=3.8.1" admits 3.8 as well: any of its patch releases will do.
        if any(specifier.contains(f"3.{minor}.{patch}") for patch in (0, 1, 99)):
            yield PythonVersion(minor)


def _folder(path: Path) -> Folder:
    """Try it: permissions alone do not tell of a read-only file system or a full disk."""
    existing = next((parent for parent in (path, *path.parents) if parent.exists()), Path(path.anchor))
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"pyo3ops")
            file.flush()
    except OSError as error:
        return Folder(path, (error.strerror or str(error)).lower(), existing)
    return Folder(path, None, existing)
