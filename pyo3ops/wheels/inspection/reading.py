"""What is read of a wheel before anything is judged: its name, the files of its dist-info, its compiled files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyo3ops.wheels.inspection.binaries import Binary, binaries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from packaging.tags import Tag

    from pyo3ops.core.project import Project
    from pyo3ops.wheels.archive import Archive, Member


@dataclass(frozen=True)
class Asked:
    """What a check may use beside the file: the environment, and the project whose file it is, where that is known."""

    env: Mapping[str, str]
    scratch: Path
    project: Project | None = None
    #: `pyproject.toml` of that project.
    settings: Mapping[str, object] = field(default_factory=dict)
    #: Rebuild an sdist.
    deep: bool = False
    #: Tools may be fetched, and the crates of an sdist.
    online: bool = False


@dataclass(frozen=True)
class FileName:
    """A wheel's or sdist's name, taken apart; `error` where it cannot be."""

    distribution: str = ""
    version: str = ""
    build: str = ""
    tags: frozenset[Tag] = frozenset()
    error: str = ""

    @property
    def pythons(self) -> frozenset[str]:
        """cp313, py3 ..."""
        return frozenset(tag.interpreter for tag in self.tags)

    @property
    def abis(self) -> frozenset[str]:
        """cp313t, abi3, none ..."""
        return frozenset(tag.abi for tag in self.tags)

    @property
    def platforms(self) -> tuple[str, ...]:
        """manylinux_2_17_x86_64 ..., in alphabetical order."""
        return tuple(sorted({tag.platform for tag in self.tags}))


@dataclass(frozen=True)
class Wheel:
    """One wheel; every part of it may be missing."""

    archive: Archive
    name: FileName
    #: The folder of metadata, with the slash; empty where there is none.
    info: str
    binaries: tuple[Binary, ...]

    @property
    def modules(self) -> tuple[Binary, ...]:
        """What Python imports of the compiled files."""
        return tuple(each for each in self.binaries if each.is_module)

    @property
    def requires(self) -> tuple[str, ...]:
        """What it requires of other distributions, extras left out."""
        metadata = self.own("METADATA")
        lines = metadata.text().partition("\n\n")[0].splitlines() if metadata is not None else []
        return tuple(
            line.partition(":")[2].strip() for line in lines if re.match(r"Requires-Dist:(?!.*\bextra\b)", line)
        )

    def own(self, name: str) -> Member | None:
        """A file of the dist-info folder."""
        return self.archive.member(self.info + name) if self.info else None

    def below(self, folder: str) -> tuple[Member, ...]:
        """The files in a folder of the dist-info folder."""
        prefix = f"{self.info}{folder}/"
        return tuple(each for each in self.archive.members if self.info and each.name.startswith(prefix))

    def brings(self, library: str) -> bool:
        """True where a shared library of this file name is in the wheel."""
        return any(each.member.base == library for each in self.binaries)


@dataclass(frozen=True)
class Sdist:
    """One source distribution; `top` is its only folder, with the slash, or empty."""

    archive: Archive
    name: FileName
    top: str

    def member(self, path: str) -> Member | None:
        """A file by its path below the top folder; a link leads to what it names."""
        found = self.archive.member(self.top + path)
        links = dict(self.archive.links)
        if found is None and self.top + path in links:
            from posixpath import dirname, join, normpath  # noqa: PLC0415 - archives have slashes everywhere

            name = self.top + path
            return self.archive.member(normpath(join(dirname(name), links[name]))) or self.archive.member(links[name])
        return found

    @property
    def paths(self) -> frozenset[str]:
        """Every file below the top folder."""
        names = [each.name for each in self.archive.members] + [name for name, _ in self.archive.links]
        return frozenset(name[len(self.top) :] for name in names if name.startswith(self.top))


def read_wheel(archive: Archive) -> Wheel:
    """Read what was unpacked of a wheel."""
    name = wheel_name(archive.path.name)
    return Wheel(archive, name, _info(archive, name), tuple(binaries(archive.members)))


def read_sdist(archive: Archive) -> Sdist:
    """Read what was unpacked of an sdist."""
    tops = {each.name.partition("/")[0] for each in archive.members if "/" in each.name}
    return Sdist(archive, sdist_name(archive.path.name), f"{tops.pop()}/" if len(tops) == 1 else "")


def wheel_name(name: str) -> FileName:
    """Take the name of a wheel apart (PEP 427, PEP 425)."""
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename  # noqa: PLC0415 - start-up counts
    from packaging.version import InvalidVersion  # noqa: PLC0415

    try:
        distribution, version, build, tags = parse_wheel_filename(name)
    except (InvalidWheelFilename, InvalidVersion, ValueError) as error:
        return FileName(error=str(error))
    return FileName(distribution, str(version), "".join(map(str, build)), tags)


def sdist_name(name: str) -> FileName:
    """Take the name of an sdist apart (PEP 625)."""
    from packaging.utils import InvalidSdistFilename, parse_sdist_filename  # noqa: PLC0415
    from packaging.version import InvalidVersion  # noqa: PLC0415

    try:
        distribution, version = parse_sdist_filename(name)
    except (InvalidSdistFilename, InvalidVersion, ValueError) as error:
        return FileName(error=str(error))
    return FileName(distribution, str(version))


def _info(archive: Archive, name: FileName) -> str:
    """The dist-info folder: the one of the wheel's name where there are several."""
    from packaging.utils import canonicalize_name  # noqa: PLC0415

    found = sorted(
        {each.name.partition("/")[0] for each in archive.members if each.name.partition("/")[0].endswith(".dist-info")}
    )
    own = [folder for folder in found if canonicalize_name(folder.partition("-")[0]) == name.distribution]
    chosen = (own or found)[:1]
    return f"{chosen[0]}/" if chosen else ""
