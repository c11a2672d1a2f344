"""Whom a set of wheels is for, by the names of its files: platforms, Pythons, and how old a system may be.

Tags are those of PEP 425, 600 and 656; the stable ABIs are those of PEP 384 and 803. Requires-Python takes away again.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator

from pyo3ops.wheels.platforms import Platform, PlatformTag, System, read_tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from packaging.tags import Tag

#: The oldest Python 3 that a wheel for all of them is counted for.
_OLDEST = 8


@dataclass(frozen=True)
class Offered:
    """One file of a set; what is not known is empty or None. `path` is None for one that was not fetched."""

    name: str
    #: Normalised.
    project: str
    version: str
    tags: tuple[Tag, ...]
    #: Bytes.
    size: int | None = None
    requires_python: str = ""
    path: Path | None = None

    @property
    def is_sdist(self) -> bool:
        """True for a source distribution."""
        return not self.tags

    @property
    def tag(self) -> str:
        """The compressed tag in the name, such as cp38-abi3-manylinux_2_17_x86_64."""
        return "-".join(self.name[: -len(".whl")].split("-")[-3:]) if self.tags else "sdist"


def offered(name: str, **more: object) -> Offered | None:
    """A file by its name; None for one that is neither a wheel nor an sdist."""
    from packaging import utils  # noqa: PLC0415 - costs what start-up cannot pay

    try:
        if name.endswith(".whl"):
            project, version, _, tags = utils.parse_wheel_filename(name)
            return Offered(name, project, str(version), tuple(sorted(tags, key=str)), **more)  # type: ignore[arg-type]
        project, version = utils.parse_sdist_filename(name)
    # A garbled version is an error of another class.
    except ValueError:
        return None
    return Offered(name, project, str(version), (), **more)  # type: ignore[arg-type]


def newest_minor(files: Iterable[Offered]) -> int:
    """The newest Python 3 that any of the files names: as far as stable ABIs are followed."""
    minors = (re.search(r"3(\d+)$", tag.interpreter) for file in files for tag in file.tags)
    return max((int(match[1]) for match in minors if match), default=_OLDEST)


def reach(files: Iterable[Offered], newest: int) -> dict[tuple[str, str], tuple[int, ...]]:
    """Platform and Python of everybody whom the wheels are for, with the oldest system that will do."""
    found: dict[tuple[str, str], tuple[int, ...]] = {}
    for file in files:
        for key, floor in _reach_of(file, newest):
            found[key] = min(found.get(key, floor), floor)
    return found


def _reach_of(file: Offered, newest: int) -> Iterator[tuple[tuple[str, str], tuple[int, ...]]]:
    for tag in file.tags:
        for platform, floor in platforms(tag.platform):
            for python in _pythons(tag, newest):
                if admits(file.requires_python, python):
                    yield (platform, python), floor


def platforms(tag: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The platforms of one tag, in words, with the oldest system; both kinds of Mac for universal2."""
    if tag.startswith("linux_"):
        # What a build for this machine alone is called: for glibc, of no known release.
        yield str(Platform(System.GLIBC, tag[len("linux_") :])), ()
        return
    read = read_tag(tag)
    if read is None:
        # Others (ios, android, pyodide) count their releases in the same place.
        numbers = re.search(r"_(\d+)_(\d+)_", tag)
        yield re.sub(r"_\d+_\d+_", "_", tag), (int(numbers[1]), int(numbers[2])) if numbers else ()
        return
    yield from ((str(each.platform), each.floor) for each in _each(read))


def _each(tag: PlatformTag) -> Iterator[PlatformTag]:
    if tag.platform != Platform(System.MACOS, "universal2"):
        yield tag
        return
    yield PlatformTag(Platform(System.MACOS, "x86_64"), tag.floor)
    # There is no older macOS for the newer machines.
    yield PlatformTag(Platform(System.MACOS, "arm64"), max(tag.floor, (11, 0)))


def _pythons(tag: Tag, newest: int) -> Iterator[str]:
    match = re.fullmatch(r"(cp|py|pp|graalpy)3(\d*)", tag.interpreter)
    if match is None:
        yield tag.interpreter
        return
    kind, minor = match[1], int(match[2] or _OLDEST)
    if kind in ("pp", "graalpy"):
        yield f"{'PyPy' if kind == 'pp' else 'GraalPy'} 3.{minor}"
    elif tag.abi in ("abi3", "abi3t", "none"):
        free = "t" * (tag.abi == "abi3t")
        yield from (f"3.{each}{free}" for each in range(minor, max(minor, newest) + 1))
    else:
        yield f"3.{minor}" + "t" * tag.abi.endswith("t")


@functools.lru_cache(maxsize=4096)
def admits(requires: str, python: str) -> bool:
    """True where Requires-Python lets a Python in, also where it cannot be read."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415

    minor = re.search(r"3\.(\d+)", python)
    try:
        return minor is None or SpecifierSet(requires).contains(f"3.{minor[1]}.99", prereleases=True)
    except InvalidSpecifier:
        return True


def pairs(old: Iterable[Offered], new: Iterable[Offered], newest: int) -> Iterator[tuple[Offered, Offered]]:
    """Each newer wheel with the older one in whose place it is installed: of the same tag, or for the same users."""
    before = [(file, {key for key, _ in _reach_of(file, newest)}) for file in old if not file.is_sdist]
    for file in new:
        mine = {key for key, _ in _reach_of(file, newest)}
        fitting = [(each, len(mine & theirs)) for each, theirs in before if mine & theirs]
        if fitting:
            yield max(fitting, key=lambda row: (row[0].tag == file.tag, row[1]))[0], file


def words(pythons: Iterable[str]) -> str:
    """Pythons for a person: 3.8 to 3.13, 3.13t."""
    found: list[list[str]] = []
    for python in sorted(pythons, key=_order):
        kind, free, minor = _order(python)
        if found and _order(found[-1][-1]) == (kind, free, minor - 1):
            found[-1].append(python)
        else:
            found.append([python])
    return ", ".join(group[0] if len(group) == 1 else f"{group[0]} to {group[-1]}" for group in found)


def _order(python: str) -> tuple[str, bool, int]:
    """Kind, free-threaded, minor."""
    match = re.fullmatch(r"(.*?)3\.(\d+)(t?)", python)
    return (match[1], bool(match[3]), int(match[2])) if match else (python, False, 0)


def dotted(floor: tuple[int, ...]) -> str:
    """A release of a system, for a person."""
    return ".".join(map(str, floor)) or "none named"


def by_platform(keys: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    """The Pythons of each platform, sorted by it."""
    found: dict[str, set[str]] = {}
    for platform, python in sorted(keys):
        found.setdefault(platform, set()).add(python)
    return found
