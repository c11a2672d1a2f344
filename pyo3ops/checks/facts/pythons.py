"""Facts of how Pythons are reached: shims, variables, environments of the project's own."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.run import run, which
from pyo3ops.tools.python import version_folders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyo3ops.core.project import Project
    from pyo3ops.core.pythons import PythonVersion

#: Seconds that a script which stands for an interpreter may take; pyenv's answers within 0.2.
_TIMEOUT = 3.0


@dataclass(frozen=True)
class DeadShim:
    """A `python3.X` on PATH that does not start; with pyenv, what is active and what would have to be."""

    version: PythonVersion
    path: Path
    reason: str
    active: tuple[str, ...] = ()
    release: str | None = None


@dataclass(frozen=True)
class PythonHome:
    """PYTHONHOME, and the standard libraries that lie there ("python3.11")."""

    path: str | None
    libraries: tuple[str, ...] = ()


@dataclass(frozen=True)
class PathEntry:
    """One folder of PYTHONPATH; `fault` in words where it misleads."""

    path: str
    fault: str | None = None


def dead_shims(project: Project, root: Path, env: Mapping[str, str], home: Path) -> tuple[DeadShim, ...]:
    """What PATH gives for each Python of the matrix, where it is a script that does not start one.

    pyenv's own rules say which of its shims are asleep (`pyenv help version`), so that none has to be started.
    """
    found = ((version, which(f"python{version}", env)) for version in project.pythons)
    named = [(version, Path(path)) for version, path in found if path and _is_script(Path(path))]
    return tuple(filter(None, (_judged(version, path, root, env, home) for version, path in named)))


def pythonhome(env: Mapping[str, str]) -> PythonHome:
    """What PYTHONHOME points to."""
    path = env.get("PYTHONHOME")
    if not path:
        return PythonHome(None)
    folders = Path(path.split(os.pathsep)[0]).glob("[Ll]ib*/python3.*/os.py")
    windows = ["Lib"] if Path(path, "Lib/os.py").is_file() else []
    return PythonHome(path, tuple(sorted({file.parent.name for file in folders} | set(windows))))


def pythonpath(env: Mapping[str, str], project: Project) -> tuple[PathEntry, ...]:
    """The folders of PYTHONPATH, each with what is wrong about it."""
    packages = {extension.module.split(".")[0] for extension in project.extensions}
    entries = [part for part in env.get("PYTHONPATH", "").split(os.pathsep) if part]
    return tuple(PathEntry(part, _fault(Path(part), packages, project)) for part in entries)


def has_own_environment(root: Path) -> bool:
    """True where the project's folder has a virtual environment under one of the usual names."""
    return any((root / name / "pyvenv.cfg").is_file() for name in (".venv", "venv", "env"))


def _fault(folder: Path, packages: set[str], project: Project) -> str | None:
    other = re.search(r"python(3\.\d+)(?=[/\\\\](?:site|dist)-packages)", str(folder))
    if other and len(project.pythons) > 1:
        return f"belongs to Python {other[1]}, and every other one will look there too"
    shadowing = next((name for name in sorted(packages) if (folder / name / "__init__.py").is_file()), None)
    # An editable build puts the library into this very folder.
    if shadowing and not any((folder / shadowing).glob("*.so")) and not any((folder / shadowing).glob("*.pyd")):
        return f"has {shadowing} without its library, and hides the one that is installed"
    return None


def _is_script(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


def _judged(version: PythonVersion, path: Path, root: Path, env: Mapping[str, str], home: Path) -> DeadShim | None:
    if path.parent.name == "shims":
        active = _active(root, env, home)
        folders = {folder.name: folder for folder in version_folders(env, home)}
        if any((folders[name] / f"bin/python{version}").exists() for name in active if name in folders):
            return None
        # A system Python further down PATH answers for "system".
        if "system" in active and which(f"python{version}", _without(path.parent, env)):
            return None
        asleep = sorted(name for name, folder in folders.items() if (folder / f"bin/python{version}").exists())
        reason = f"a pyenv shim, and the active version is {', '.join(active)}"
        return DeadShim(version, path, reason, active, asleep[-1] if asleep else None)
    result = run([str(path), "-c", ""], timeout=_TIMEOUT, env=env)
    return None if result.ok else DeadShim(version, path, result.reason)


def _without(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    kept = [part for part in env.get("PATH", "").split(os.pathsep) if Path(part) != folder]
    return {**env, "PATH": os.pathsep.join(kept)}


def _active(root: Path, env: Mapping[str, str], home: Path) -> tuple[str, ...]:
    """The versions that pyenv has active in `root`: its variable, the nearest .python-version, its global file."""
    if env.get("PYENV_VERSION"):
        return tuple(env["PYENV_VERSION"].split(os.pathsep))
    own = Path(env.get("PYENV_ROOT") or home / ".pyenv") / "version"
    for file in (*(folder / ".python-version" for folder in (root, *root.parents)), own):
        names = tuple(_names(file))
        if names:
            return names
    return ("system",)


def _names(file: Path) -> Iterator[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    yield from (word for line in lines for word in line.partition("#")[0].split())
