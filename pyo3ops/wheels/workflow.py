"""Who builds which wheel of a plan on GitHub's machines: entries of matrices, which workflow_text.py writes down."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.discover import no_backend
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.project import Backend
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.core.toml import load
from pyo3ops.wheels.adjusted import pythons_of
from pyo3ops.wheels.platforms import System, platform_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.core.project import Project
    from pyo3ops.wheels.plan import PlannedWheel
    from pyo3ops.wheels.planned import PlannedSet

_DATA = Path(__file__).parents[1] / "data"
#: Of the free-threaded Pythons, Docker's library has none.
_ALPINE = "alpine"


@dataclass(frozen=True)
class Runner:
    """One row of data/runners.toml, where the fields are explained."""

    target: str
    job: str
    runner: str
    zig: bool = False
    cross: bool = False
    tested: str = ""
    python: str = ""
    request: str = ""


@dataclass(frozen=True)
class Member:
    """A project of the repository with its plan; `folder` is where it lies, "." for the root."""

    folder: str
    project: Project
    planned: PlannedSet

    @property
    def key(self) -> str:
        """What tells its artifacts from those of other members: nothing where it is alone."""
        return "" if self.folder == "." else f"{self.project.root.name}-"


@dataclass(frozen=True)
class Build:
    """One wheel: what maturin is told, and the Pythons that its tests run on."""

    wheel: PlannedWheel
    interpreter: str
    options: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def tag(self) -> str:
        """The tags as they stand in the file's name, where abi3t is written out (PEP 803)."""
        return self.wheel.tag.replace("-abi3t", "-abi3.abi3t")


@dataclass(frozen=True)
class Entry:
    """One machine's work: the wheels of one member for one target, and one glibc where there are several."""

    member: Member
    runner: Runner
    builds: tuple[Build, ...]

    @property
    def name(self) -> str:
        """Part of the artifact's name: no two entries have the same, or one would replace the other's wheels."""
        floor = "_".join(map(str, self.builds[0].wheel.floor))
        return self.member.key + "-".join(filter(None, (self.runner.target, floor)))


@functools.lru_cache(maxsize=None)
def runners() -> tuple[Runner, ...]:
    """Every target that a machine is known for, in the order of the jobs."""
    return tuple(Runner(**row) for row in load(_DATA / "runners.toml")["runner"])


def unbuilt(member: Member) -> Iterator[tuple[PlannedWheel, str]]:
    """The planned wheels that no machine of the table can make, and why."""
    rows = {row.target: row for row in runners()}
    for wheel in member.planned.wheels:
        row = rows.get(wheel.target)
        if row is None:
            yield wheel, f"no machine is known that builds for {wheel.target}"
        elif row.cross and not wheel.interpreters.covers:
            yield wheel, f"maturin builds for {pythons_of(wheel.interpreters)} on its own platform alone"
        elif wheel.interpreters.covers and not _pythons(wheel, row):
            yield wheel, f"Python {row.python} is the oldest that is made for {wheel.target}"


def entries(members: Sequence[Member]) -> Iterator[Entry]:
    """The work, job by job; raises `ConfigError` where a backend is not maturin, which these workflows call."""
    for member in members:
        if member.project.backend is Backend.NONE:
            raise ConfigError(
                f"nothing builds {member.planned.name}: {no_backend(member.project.root)}",
                cause="the workflow calls maturin, which pyproject.toml has to name",
                command="pyo3ops validate --select build.backend",
            )
        if member.project.backend is not Backend.MATURIN:
            raise ConfigError(
                f"{member.planned.name} is built by {member.project.backend.value}, the workflow by maturin",
                cause="cibuildwheel builds with any backend",
                command="pyo3ops wheels cibuildwheel",
            )
    for row in runners():
        for member in members:
            builds: dict[tuple[int, ...], list[Build]] = {}
            for wheel in member.planned.wheels:
                if wheel.target == row.target:
                    builds.setdefault(wheel.floor, []).append(_build(wheel, row, member))
            for floor in sorted(builds):
                yield Entry(member, row, tuple(builds[floor]))


def _build(wheel: PlannedWheel, row: Runner, member: Member) -> Build:
    pythons = _pythons(wheel, row)
    edges = tuple(dict.fromkeys((pythons[0], pythons[-1]))) if pythons else ()
    own = [_own(wheel, row)] if not wheel.interpreters.covers else []
    tests = own or [_request(python, row) for python in edges if row.tested != _ALPINE or not python.free_threaded]
    builder = own[0] if own else f"python{edges[0]}" if row.cross else _request(edges[0], row)
    return Build(wheel, builder, tuple(_options(wheel, row, member)), tuple(tests if row.tested else ()))


def _pythons(wheel: PlannedWheel, row: Runner) -> tuple[PythonVersion, ...]:
    """The covered Pythons that there are for the target."""
    oldest = PythonVersion.parse(row.python).minor if row.python else 0
    return tuple(python for python in wheel.interpreters.covers if python.minor >= oldest)


def _request(python: PythonVersion, row: Runner) -> str:
    """What uv, or Docker's library, calls a Python."""
    if row.request:
        return f"cpython-3.{python.minor}{'+freethreaded' * python.free_threaded}-{row.request}"
    return str(python)


def _own(wheel: PlannedWheel, row: Runner) -> str:
    """What uv calls a Python that is not CPython: pypy3.11."""
    name, _, release = pythons_of(wheel.interpreters).lower().partition(" ")
    request = f"{name}{release}"
    return f"{name}-{release}-{row.request}" if row.request else request


def _options(wheel: PlannedWheel, row: Runner, member: Member) -> Iterator[str]:
    if wheel.interpreters.abi in ("abi3", "abi3t") and member.project.config.wheels.abis:
        yield from ("--features", f"pyo3/{wheel.interpreters.abi}-{wheel.interpreters.python.replace('cp', 'py')}")
    floor = member.planned.floor_of(wheel)
    if floor:
        kind = "manylinux" if platform_of(wheel.target).system is System.GLIBC else "musllinux"
        yield from ("--compatibility", f"{kind}_{floor[0]}_{floor[1]}")
    if row.zig:
        yield "--zig"
