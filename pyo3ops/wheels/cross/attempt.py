"""One wheel for one target, from the project's folder to what its tests say on a foreign system, as far as it gets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Callable

from pyo3ops.core import discover
from pyo3ops.core.errors import ConfigError, reason_of
from pyo3ops.core.project import Backend
from pyo3ops.wheels import foreign, reproducible, trial
from pyo3ops.wheels.cross import looking, making, truth
from pyo3ops.wheels.cross.making import Job
from pyo3ops.wheels.planned import planned
from pyo3ops.wheels.platforms import platform_of
from pyo3ops.wheels.trial import Tested

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.core.pythons import PythonVersion
    from pyo3ops.wheels.cross.making import Made
    from pyo3ops.wheels.cross.rows import Target
    from pyo3ops.wheels.cross.truth import Truth
    from pyo3ops.wheels.cross.ways import Linker, Std
    from pyo3ops.wheels.foreign import ForeignPython

NOT_MATURIN = "only maturin builds for other machines by itself"


@dataclass(frozen=True)
class Ready:
    """A target that can be built for, and the Python that runs the result, where it is to be run."""

    target: Target
    std: Std
    linker: Linker
    python: ForeignPython | None = None


@dataclass(frozen=True)
class How:
    """For which Python, and where: `output` takes wheels and logs, `targets` what cargo compiles."""

    version: PythonVersion
    output: Path
    targets: Path
    env: Mapping[str, str]
    #: The folder that the projects lie in.
    tree: Path
    #: The root of a foreign system whose Python says how it was built.
    sysroot: Path | None = None
    progress: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class Outcome:
    """One wheel; `error` in words where there is none. `tested` is None where it was not run."""

    name: str
    ready: Ready
    made: Made | None = None
    truth: Truth | None = None
    tested: Tested | None = None
    error: str | None = None
    tail: tuple[str, ...] = ()
    #: The oldest C library that the project's wheels are to reach; empty where the system counts none.
    floor: tuple[int, ...] = ()


def attempt(name: str, folder: Path, ready: Ready, how: How) -> Outcome:
    """Build the wheel of the project in `folder`, hold its tag against its libraries, run it where that is wanted."""
    outcome = Outcome(name, ready)
    try:
        project = discover.read_project(folder, how.env)
        if project.metadata_error is not None:
            return replace(outcome, error=f"cargo metadata: {project.metadata_error}")
        if project.backend is not Backend.MATURIN:
            return replace(outcome, error=NOT_MATURIN)
        outcome = replace(outcome, floor=dict(planned(project).floors).get(ready.target.system, ()))
        output = how.output / ready.target.triple / name
        made = making.build(_job(project, outcome, how), output, how.targets, how.env, how.progress)
        if made.wheel is None:
            return replace(outcome, made=made, error=made.error, tail=made.tail)
        return _judged(replace(outcome, made=made), project, made.wheel, how)
    except ConfigError as error:
        return replace(outcome, error=": ".join(filter(None, (error.message, error.cause))))
    except OSError as error:
        return replace(outcome, error=reason_of(error, folder))


def _job(project: Project, outcome: Outcome, how: How) -> Job:
    ready = outcome.ready
    sysconfig = looking.sysconfig(how.sysroot, how.version.minor) if how.sysroot else None
    seconds = reproducible.epoch(project.root, how.env).seconds
    return Job(project, ready.target, ready.std, ready.linker, how.version, outcome.floor, seconds, how.tree, sysconfig)


def _judged(outcome: Outcome, project: Project, wheel: Path, how: How) -> Outcome:
    found = truth.libraries(wheel)
    if isinstance(found, str):
        return replace(outcome, error=found)
    judged = replace(outcome, truth=truth.judge(wheel.name, found, outcome.ready.target))
    python = outcome.ready.python
    return replace(judged, tested=_run(project, wheel, outcome.ready.target, python, how)) if python else judged


def _run(project: Project, wheel: Path, target: Target, python: ForeignPython, how: How) -> Tested:
    wrong = foreign.misfit(wheel.name, python, platform_of(target.triple).architecture)
    if wrong:
        return Tested(error=wrong)
    how.progress(f"{project.name}: installing for {target.triple}")
    folder = wheel.parent / "run"
    environment, wrong = foreign.unpack(project, wheel, python, target=target, folder=folder, env=how.env)
    if wrong:
        return Tested(error=wrong)
    loaded = trial.imported(project, environment, folder)
    if not loaded.ok:
        return Tested(error=f"import: {loaded.reason}", tail=tuple(loaded.err.splitlines()[-25:]))
    how.progress(f"{project.name}: testing for {target.triple}")
    return foreign.test(project, environment, folder)
