"""Facts of how Pythons are reached: shims, variables, environments of the project's own."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.files import exists, is_file
from pyo3ops.core.run import run, which

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
    #: What says which are active: "PYENV_VERSION", "global", or the path of a file.
    said_by: str = "global"


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
    home = Path(path.partition(os.pathsep)[0])
    folders = home.glob("[Ll]ib*/python3.*/os.py") if exists(home) else ()
    windows = ["the Python there"] if is_file(home / "Lib/os.py") else []
    return PythonHome(path, tuple(sorted({file.parent.name for file in folders} | set(windows))))


def pythonpath(env: Mapping[str, str], project: Project) -> tuple[PathEntry, ...]:
    """The folders of PYTHONPATH, each with what is wrong about it."""
    packages = {extension.module.partition(".")[0] for extension in project.extensions}
    entries = [part for part in env.get("PYTHONPATH", "").split(os.pathsep) if part]
    return tuple(PathEntry(part, _fault(Path(part), packages, project)) for part in entries)


def has_own_environment(root: Path) -> bool:
    """True where the project's folder has a virtual environment under one of the usual names."""
    return any(is_file(root / name / "pyvenv.cfg") for name in (".venv", "venv", "env"))


def _fault(folder: Path, packages: set[str], project: Project) -> str | None:
    other = re.search(r"python(3\.\d+)(?=[/\\\\](?:site|dist)-packages)", str(folder))
    if other and len(project.pythons) > 1:
        return f"belongs to Python {other[1]}, and every other one will look there too"
    shadowing = next((name for name in sorted(packages) if name and is_file(folder / name / "__init__.py")), None)
    # An editable build puts the library into this very package, or one below it.
    if shadowing and not any(file.suffix in (".so", ".pyd") for file in (folder / shadowing).rglob("*.*")):
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
        versions = Path(env.get("PYENV_ROOT") or home / ".pyenv") / "versions"
        folders = {folder.name: folder for folder in sorted(versions.glob("*"))}
        said_by, named = _active(root, env, home)
        active = tuple(_installed(name, folders) for name in named)
        if any(exists(versions / name / f"bin/python{version}") for name in active):
            return None
        # A system Python further down PATH answers for "system".
        if "system" in active and which(f"python{version}", _without(path.parent, env)):
            return None
        asleep = sorted((n for n, each in folders.items() if exists(each / f"bin/python{version}")), key=_numbers)
        reason = f"a pyenv shim, and the active version is {', '.join(active)}"
        there = tuple(name for name in active if name == "system" or name in folders)
        return DeadShim(version, path, reason, there, asleep[-1] if asleep else None, said_by)
    result = run([str(path), "-c", ""], timeout=_TIMEOUT, env=env)
    return None if result.ok else DeadShim(version, path, result.reason)


def _without(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    kept = [part for part in env.get("PATH", "").split(os.pathsep) if Path(part) != folder]
    return {**env, "PATH": os.pathsep.join(kept)}


def _active(root: Path, env: Mapping[str, str], home: Path) -> tuple[str, tuple[str, ...]]:
    """The versions that pyenv has active in `root`: its variable, the nearest .python-version, its global file."""
    if env.get("PYENV_VERSION"):
        # Its own separator, on every system.
        return "PYENV_VERSION", tuple(filter(None, env["PYENV_VERSION"].split(":"))) or ("system",)
    own = Path(env.get("PYENV_ROOT") or home / ".pyenv") / "version"
    local = (folder / ".python-version" for folder in (root, *root.parents))
    # The nearest one counts, though it be empty.
    file = next(filter(is_file, local), own)
    return "global" if file == own else str(file), tuple(_names(file)) or ("system",)


def _installed(name: str, folders: Mapping[str, Path]) -> str:
    """The installed version that a name stands for: itself, or the newest release that starts with it."""
    bare = re.sub("^python-", "", name)
    for each in (name, bare):
        if each in folders or each == "system":
            return each
    stem, suffix = (bare[:-1], "t") if re.search(r"\dt$", bare) else (bare, "")
    final = re.compile(rf"{re.escape(stem)}[-.].*\d{suffix}")
    # Not what is made for testing: 3.15-dev, 3.15.0rc1.
    fitting = [each for each in folders if final.fullmatch(each) and not re.search(r"(a|b|rc)\d+t?$|-dev$", each)]
    return max(fitting, key=_numbers, default=bare)


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", release))


def _names(file: Path) -> Iterator[str]:
    """The first word of each line that is no comment."""
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            lines = stream.read(_FILE_LIMIT).splitlines()
    except OSError:
        return
    words = (line.split() for line in lines)
    yield from (found[0] for found in words if found and not found[0].startswith("#") and _SAFE.fullmatch(found[0]))


#: pyenv ignores what would lead out of its folder of versions.
_SAFE = re.compile(r"(?!\.\.?$)[^/\\\0]+")
#: Characters of a .python-version.
_FILE_LIMIT = 2**16
