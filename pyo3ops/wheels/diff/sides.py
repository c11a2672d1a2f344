"""The two sets that are compared: files that lie here, or those of a published version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterable

from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.tools.simple_page import releases
from pyo3ops.wheels.diff.coverage import Offered, offered

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.tools.simple_page import IndexFile


@dataclass(frozen=True)
class Side:
    """The files of one version of a project; `project` is its normalised name."""

    project: str
    version: str
    #: Where they are from, in words.
    origin: str
    files: tuple[Offered, ...]
    #: Versions in the same place that are not compared.
    others: tuple[str, ...] = ()
    online: bool = False

    @property
    def label(self) -> str:
        """What it is called in tables."""
        return f"{self.project} {self.version}"

    @property
    def wheels(self) -> tuple[Offered, ...]:
        """All but the sdist."""
        return tuple(file for file in self.files if not file.is_sdist)

    @property
    def has_sdist(self) -> bool:
        """True with a source distribution."""
        return any(file.is_sdist for file in self.files)


def local(path: Path) -> Side:
    """A file, or the newest version in a folder; raises `UsageError` where there is nothing, or several projects."""
    try:
        paths = sorted(each for each in (path.iterdir() if path.is_dir() else [path]) if each.is_file())
        found = [(each, offered(each.name, size=each.stat().st_size, path=each)) for each in paths]
    except OSError as error:
        raise UsageError(f"cannot read {reason_of(error, path)}", cause="it is not there, or not yours") from None
    files = [file for _, file in found if file is not None]
    projects = sorted({file.project for file in files})
    if len(projects) != 1:
        raise UsageError(
            f"{path} has files of {', '.join(projects)}" if projects else f"{path} is no wheel or sdist, and has none",
            cause="one project is compared with itself" if projects else "it was not built, or elsewhere",
            command="pyo3ops wheels diff OLD NEW",
        )
    version, others = _newest(file.version for file in files)
    chosen = tuple(file for file in files if file.version == version)
    return Side(projects[0], version, str(path), chosen, others)


def _newest(versions: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    from packaging.version import Version  # noqa: PLC0415 - costs what start-up cannot pay

    ordered = sorted(set(versions), key=Version)
    return ordered[-1], tuple(ordered[:-1])


def published(
    project: str, version: str | None, files: tuple[IndexFile, ...], *, below: str | None = None
) -> Side | str:
    """The files of a version on an index, or why there are none.

    Without a version, the newest release below `below`, or of all; pre-releases and withdrawn ones are passed over.
    """
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415

    found = releases(files)
    try:
        wanted = str(Version(version)) if version is not None else _latest(found, below)
    except InvalidVersion:
        return f"{version!r} is no version"
    if wanted not in found:
        newest = f"the newest is {list(found)[-1]}" if found else "there is none at all"
        return f"{project} {version or 'release'} is not published; {newest}"
    chosen = (
        offered(file.name, size=file.size, requires_python=file.requires_python)
        for file in found[wanted]
        if file.yanked is None or version is not None
    )
    return Side(project, wanted, "the index", tuple(filter(None, chosen)), online=True)


def _latest(found: dict[str, tuple[IndexFile, ...]], below: str | None) -> str | None:
    from packaging.version import Version  # noqa: PLC0415

    fitting = [
        version
        for version, files in found.items()
        if not Version(version).is_prerelease and any(file.yanked is None for file in files)
    ]
    older = [version for version in fitting if below is None or Version(version) < Version(below)]
    return next(reversed(older or fitting), None)
