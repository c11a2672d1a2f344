"""Inspect wheels and sdists, whoever built them: what their names and metadata promise against what is in them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from pyo3ops.core import discover
from pyo3ops.core.errors import ConfigError, UsageError, reason_of
from pyo3ops.core.model import Host, Report
from pyo3ops.wheels import archive
from pyo3ops.wheels.inspection.inspect import inspect
from pyo3ops.wheels.inspection.reading import sdist_name, wheel_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from pyo3ops.core.project import Project


@dataclass(frozen=True)
class Request:
    """The files to look into; a folder stands for the wheels and sdists in it."""

    env: Mapping[str, str]
    files: tuple[Path, ...] = ()
    #: Build each sdist once more, offline.
    deep: bool = False
    #: Let uv fetch twine.
    online: bool = False
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


def run(root: Path, request: Request) -> Report:
    """Every check on every file, in one report; a file that cannot be read does not stop the others.

    What the project in `root` promises counts for files of its name. Raises `UsageError` for a file that is not there,
    or is neither a wheel nor an sdist by its name.
    """
    started = time.monotonic()
    files = tuple(_files(root, request.files))
    settings, project = _project(root, files, request.env)
    found = []
    for path in files:
        request.progress(path.name)
        own = _named(path) == _normal(project.name) if project is not None else False
        found.append(
            inspect(
                path,
                request.env,
                project=project if own else None,
                settings=settings if own else {},
                deep=request.deep,
                online=request.online,
                root=root,
            )
        )
    return Report(
        task="wheels inspect",
        project=None,
        host=Host.here(),
        facts=tuple(fact for each in found for fact in each.facts),
        findings=tuple(finding for each in found for finding in each.findings),
        tables=tuple(table for each in found for table in each.tables),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _files(root: Path, paths: tuple[Path, ...]) -> Iterator[Path]:
    if not paths:
        raise UsageError("there is nothing to inspect", command="pyo3ops wheels inspect dist/*")
    for path in (root / path for path in paths):
        try:
            found = _found(path)
        except OSError as error:
            raise UsageError(f"cannot read {reason_of(error, path)}") from None
        yield from found


def _found(path: Path) -> list[Path]:
    """The wheels and sdists that one path stands for; passes on what the system says of it."""
    if path.is_dir():
        inside = sorted(each for each in path.iterdir() if archive.kind_of(each) and each.is_file())
        if not inside:
            raise UsageError(f"there is no wheel and no sdist in {path}", command="pyo3ops wheels build")
        return inside
    if archive.kind_of(path) is None or not path.is_file():
        what = "is no wheel and no sdist" if path.is_file() else "is not there"
        raise UsageError(f"{path} {what}", cause="their names end with .whl, .tar.gz or .zip", command="ls dist")
    return [path]


def _project(root: Path, files: tuple[Path, ...], env: Mapping[str, str]) -> tuple[Mapping[str, Any], Project | None]:
    """The project in `root` where a file is one of its own; a folder that is none, or is broken, promises nothing."""
    if not (root / "pyproject.toml").is_file():
        return {}, None
    try:
        settings = discover.read_pyproject(root)
        table = settings.get("project")
        told = table.get("name") if isinstance(table, dict) else None
        # Only cargo knows a name that is not told here, and asking it takes its time.
        if isinstance(told, str) and not any(_named(path) == _normal(told) for path in files):
            return {}, None
        project = discover.read_project(root, env, pyproject=settings)
    except ConfigError:
        return {}, None
    own = any(_named(path) == _normal(project.name) for path in files)
    return (settings, project) if own else ({}, None)


def _named(path: Path) -> str:
    name = wheel_name(path.name) if archive.kind_of(path) is archive.Kind.WHEEL else sdist_name(path.name)
    return name.distribution


def _normal(name: str | None) -> str | None:
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - start-up counts

    return canonicalize_name(name) if name else None
