"""The examples of a project: which there are, and each of them built and installed into an environment of its own.

A project without a folder of examples is its own only example: so any PyO3 project gets its wheel built, installed,
imported, tested, run under valgrind and profiled.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable, NamedTuple

from pyo3ops.core import discover
from pyo3ops.core.errors import ConfigError, UsageError, reason_of
from pyo3ops.core.files import home_folder, own_folder
from pyo3ops.core.model import Fix
from pyo3ops.core.project import Backend
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.core.run import which
from pyo3ops.tools import python as python_tool
from pyo3ops.wheels import trial
from pyo3ops.wheels.build import Built, build_wheel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.core.project import Project
    from pyo3ops.tools.environments import Environment
    from pyo3ops.tools.python import Interpreter

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


#: The way out where nothing was built: what it lacks, validate says.
MISSING = Fix("see what is missing here", ("pyo3ops", "validate"), safe=True)


@dataclass(frozen=True)
class Installed:
    """One example, as far as it got; `error` in words where it is not installed and importable."""

    name: str
    project: Project | None = None
    built: Built | None = None
    environment: Environment | None = None
    error: str | None = None
    #: The last lines of what failed.
    tail: tuple[str, ...] = ()


def folders(project: Project) -> dict[str, Path]:
    """The examples by name: folders with a Cargo.toml and a pyproject.toml; without any, the project itself."""
    folder = project.root / project.config.examples.folder
    found = {path.parent.name: path.parent for path in sorted(folder.glob("*/pyproject.toml"))}
    found = {name: path for name, path in found.items() if (path / "Cargo.toml").is_file()}
    # A name becomes a folder that is emptied: one that is no name (PEP 508) must not lead elsewhere.
    name = project.name if project.name and _NAME.fullmatch(project.name) else project.root.name
    return found or {name: project.root}


def chosen(folders: Mapping[str, Path], names: Sequence[str]) -> dict[str, Path]:
    """The examples of these names, all without any; raises `UsageError` for a name that is none."""
    unknown = [name for name in names if name not in folders]
    if unknown:
        raise UsageError(f"there is no example {unknown[0]!r}", cause=f"known: {', '.join(folders)}")
    return {name: folder for name, folder in folders.items() if not names or name in names}


class Places(NamedTuple):
    """Where a task writes: wheels, logs and environments of each example, and what cargo compiles."""

    output: Path
    targets: Path


def places(root: Path, task: str, interpreter: Interpreter, output: Path | None) -> Places:
    """The folders of a task for one interpreter, made; `output` is what the caller wants in place of the project's own.

    What is compiled goes there, too, where the project's folder takes nothing. Raises `UsageError` where a folder
    cannot be made.
    """
    try:
        own = _own_or(output, root)
        base = output or own / task
        base.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"nothing can be built here: {reason_of(error, output or root)}",
            cause="the folder is not yours to write, or a file has its name",
            command=f"pyo3ops {task} --output DIR",
        ) from None
    return Places(base / interpreter.version.tag, own / "target")


def _own_or(output: Path | None, root: Path) -> Path:
    try:
        return own_folder(root)
    except OSError:
        if output is None:
            raise
        return output


def interpreter(wanted: str | None, env: Mapping[str, str]) -> Interpreter:
    """The interpreter of a version or a path, the one that runs this without any; `UsageError` where it is not here."""
    wanted = wanted or sys.executable
    try:
        version = PythonVersion.parse(wanted)
    except ValueError:
        found = python_tool.probe(Path(which(wanted, env) or wanted), env)
        if isinstance(found, python_tool.DeadInterpreter):
            raise UsageError(f"{wanted} is no Python that runs: {found.reason}") from None
        return found
    working = python_tool.find([version], env, home_folder(env)).of(version)
    if working is None:
        raise UsageError(f"there is no Python {version} here", command=f"uv python install {version}")
    return working


def build(
    name: str,
    folder: Path,
    interpreter: Interpreter,
    output: Path,
    *,
    targets: Path,
    env: Mapping[str, str],
    symbols: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Installed:
    """Build the release wheel of one example into `output`; `install` comes next.

    `symbols` adds line tables and keeps names, for debuggers and profilers. `targets` is the folder of target folders.
    """
    try:
        project = discover.read_project(folder, env)
        if project.metadata_error is not None:
            return Installed(name, project, error=f"cargo metadata: {project.metadata_error}")
        if project.backend is Backend.NONE:
            return Installed(name, project, error=discover.no_backend(folder))
        built = build_wheel(project, interpreter, output, targets=targets, env=env, symbols=symbols, progress=progress)
    except ConfigError as error:
        return Installed(name, error=": ".join(filter(None, (error.message, error.cause))))
    except OSError as error:
        return Installed(name, error=reason_of(error, output))
    return Installed(name, project, built, error=built.error, tail=built.tail)


def install(example: Installed, interpreter: Interpreter, output: Path, env: Mapping[str, str]) -> Installed:
    """Install the wheel of a built example with what its tests need into `output`/venv, and import it there."""
    if example.error is not None or example.project is None or example.built is None or example.built.wheel is None:
        return example
    try:
        environment, error = trial.install(example.project, example.built.wheel, interpreter, output / "venv", env)
        if error:
            return Installed(example.name, example.project, example.built, error=error)
        loaded = trial.imported(example.project, environment, output)
    except OSError as error:
        return Installed(example.name, example.project, example.built, error=reason_of(error, output))
    said = None if loaded.ok else f"import: {loaded.reason}"
    tail = () if loaded.ok else tuple(loaded.err.splitlines())
    return Installed(example.name, example.project, example.built, environment, said, tail)
