"""The planned set of a project's release: what plan.py derives, from its files and `[tool.pyo3ops.wheels]`.

The same set feeds local builds, CI's matrices and the gate of a release; compared.py holds files against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core import pyo3
from pyo3ops.core.discover import NO_CARGO
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.project import StableAbi
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.wheels.adjusted import also, left_out, with_floors
from pyo3ops.wheels.plan import PlannedWheel, Wanted, plan
from pyo3ops.wheels.platforms import System, platform_of, version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.core.project import Extension, Project
    from pyo3ops.core.pyo3 import Pyo3Release

#: Where nothing is configured: the platforms that nearly all installations come from.
TARGETS = (
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
)
_FREE_THREADED = "Programming Language :: Python :: Free Threading"
#: What is said where there is no cargo to describe the crates.
UNTOLD = "cargo does not tell what is built here"


@dataclass(frozen=True)
class Left:
    """A wheel that the configuration leaves out, and its reason."""

    wheel: PlannedWheel
    reason: str


@dataclass(frozen=True)
class PlannedSet:
    """The files of one release; `floors` are the oldest glibc and musl that wheels may ask for."""

    #: As it stands in file names: normalised (PEP 503), with underscores.
    name: str
    version: str
    sdist: bool
    wheels: tuple[PlannedWheel, ...]
    left: tuple[Left, ...]
    floors: tuple[tuple[System, tuple[int, ...]], ...]
    #: What says which Pythons, and which targets.
    pythons_from: str
    targets_from: str

    @property
    def count(self) -> int:
        """How many files a complete release has."""
        return len(self.wheels) + self.sdist

    def floor_of(self, wheel: PlannedWheel) -> tuple[int, ...] | None:
        """The oldest glibc or musl that a wheel may ask for; None for systems without floors."""
        return wheel.floor or dict(self.floors).get(platform_of(wheel.target).system)


def planned(project: Project) -> PlannedSet:
    """The files that a release of this project consists of.

    Raises `ConfigError` where the project builds no extension module, or its Pythons, its PyO3 and its settings
    contradict one another.
    """
    settings = project.config.wheels
    wanted = wanted_by(project)
    usual = {System.GLIBC: version(settings.manylinux), System.MUSL: version(settings.musllinux)}
    more = also(plan(wanted), wanted.targets, settings.also)
    found = tuple(with_floors(more, settings.floors, usual))
    left = left_out(found, settings.without, usual)
    return PlannedSet(
        name=_file_name(project.name or project.root.name),
        version=_version(project.version or "0"),
        sdist=settings.sdist,
        wheels=tuple(wheel for wheel in found if wheel not in left),
        left=tuple(Left(wheel, left[wheel]) for wheel in found if wheel in left),
        floors=tuple(usual.items()),
        pythons_from=project.pythons_from,
        targets_from="[tool.pyo3ops.wheels] targets" if settings.targets else "the usual platforms",
    )


def wanted_by(project: Project) -> Wanted:
    """What decides the set, read off a project; raises `ConfigError` where it builds no extension module."""
    if not project.extensions:
        raise ConfigError(
            UNTOLD
            if (project.metadata_error or "").startswith(NO_CARGO)
            else "there is no extension module to make wheels of",
            cause=project.metadata_error or "no crate that the build backend compiles uses PyO3",
            command="pyo3ops validate --select rust,project",
        )
    release = _release(project.extensions)
    pythons = dict.fromkeys((*project.pythons, *_free_threaded(project, release)))
    targets = tuple(dict.fromkeys(project.config.wheels.targets)) or TARGETS
    _check_targets(targets)
    abis = tuple(map(_stable_abi, project.config.wheels.abis)) or _stable_abis(project.extensions)
    requires, switched = project.requires_python or "", bool(project.config.wheels.abis)
    return Wanted(release, abis, tuple(pythons), requires, targets, switched=switched)


def _check_targets(targets: Sequence[str]) -> None:
    """Two targets of one platform make files of the same name."""
    seen: dict[object, str] = {}
    for target in targets:
        other = seen.setdefault(platform_of(target), target)
        if other != target:
            raise ConfigError(
                f"wheels for {other} and {target} have the same names",
                cause=f"both are for {platform_of(target)}: targets of [tool.pyo3ops.wheels] may have one of them",
            )


def _release(extensions: Sequence[Extension]) -> Pyo3Release:
    """The line of PyO3 that counts: with several in one wheel, the one that is for the fewest Pythons."""
    rows = [pyo3.release_of(each.pyo3.release or "") for each in extensions]
    known = [row for row in rows if row is not None]
    # A line newer than this pyo3ops is like the newest one that it knows, as far as anybody can tell here.
    return max(known, key=lambda row: row.python_min) if known else pyo3.releases()[-1]


def _free_threaded(project: Project, release: Pyo3Release) -> Iterator[PythonVersion]:
    """The free-threaded Pythons that a classifier promises for every release in the matrix that has them."""
    promised = any(line.startswith(_FREE_THREADED) for line in project.classifiers)
    if project.config.pythons or not promised or release.free_threaded_min is None:
        return
    for python in project.pythons:
        if python.minor >= release.free_threaded_min.minor:
            yield replace(python, free_threaded=True)


def _stable_abis(extensions: Sequence[Extension]) -> tuple[StableAbi, ...]:
    """The stable ABIs that all extensions of a wheel have, each with the newest minimum among them."""
    found = []
    for kind in ("abi3", "abi3t"):
        of_kind = [each for extension in extensions for each in extension.pyo3.stable_abis if each.kind == kind]
        if len(of_kind) == len(extensions):
            found.append(max(of_kind, key=lambda each: each.minimum.minor if each.minimum else 0))
    return tuple(found)


def _stable_abi(feature: str) -> StableAbi:
    """What a feature of PyO3 such as abi3-py39 asks for; `ValueError` for any other."""
    kind, _, minimum = feature.partition("-")
    return StableAbi(kind, PythonVersion.parse(re.sub("^py", "cp", minimum)))


def _file_name(name: str) -> str:
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - costs what start-up cannot pay

    return canonicalize_name(name).replace("-", "_")


def _version(text: str) -> str:
    """A version as file names have it (PEP 440); cargo's spelling of pre-releases is read too."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - costs what start-up cannot pay

    try:
        return str(Version(text))
    except InvalidVersion:
        raise ConfigError(
            f"the version {text!r} is none that an index takes", cause="PEP 440 knows 1.2.3, 1.2.3a1, 1.2.3rc1"
        ) from None
