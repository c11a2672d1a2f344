"""`pyo3ops wheels build`: the sdist of each member, and from it the planned wheels that this machine can build."""

from __future__ import annotations

import contextlib
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from pyo3ops.core import discover
from pyo3ops.core.errors import ConfigError, UsageError, reason_of
from pyo3ops.core.files import home_folder, own_folder
from pyo3ops.core.model import Host, Report
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tasks.wheels import build_report
from pyo3ops.wheels import sdist, toolchain
from pyo3ops.wheels.batch import again, share, work
from pyo3ops.wheels.batch.journal import Journal
from pyo3ops.wheels.batch.member import Member, Setting, prepare
from pyo3ops.wheels.batch.work import Job
from pyo3ops.wheels.members import members
from pyo3ops.wheels.planned import planned
from pyo3ops.wheels.reproducible import epoch_of
from pyo3ops.wheels.targets import locked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.wheels.batch.share import Share
    from pyo3ops.wheels.reproducible import Epoch
    from pyo3ops.wheels.toolchain import Toolchain


@dataclass(frozen=True)
class Request:
    """Whose wheels to build; without `pythons`, such as "3.11" or "3.13t", those of every Python that is here."""

    env: Mapping[str, str]
    names: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    #: Where sdists and wheels go; `.pyo3ops/wheels/dist` in the project without one.
    output: Path | None = None
    #: How many wheels at once; by processors and memory without a number.
    jobs: int | None = None
    #: Build from this sdist, not from one of the project's.
    sdist: Path | None = None
    #: Build again what is there already.
    rebuild: bool = False
    #: Build each wheel a second time, elsewhere and from nothing, and compare.
    verify: bool = False
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


def run(root: Path, request: Request) -> Report:
    """Make the sdist of each chosen member and build its planned wheels from that; a failure does not stop the others.

    Raises `UsageError` for a name, a Python or an sdist that is none, and where the output cannot be written.
    """
    started = time.monotonic()
    setting = _setting(root, request)
    chosen = () if request.sdist else members(root, request.env, request.names)
    _check_asked(chosen, setting)
    with contextlib.ExitStack() as scratch:
        journal = _journal(setting, request)
        scratch.enter_context(_alone(setting))
        prepared = _prepared(chosen, setting, request, scratch)
        sdists = [] if request.sdist else [outcome for each in prepared for outcome in work.keep_sdist(each, journal)]
        jobs = [Job(each, wheel) for each in prepared if each.source and each.choice for wheel in each.choice.buildable]
        shared = _share(jobs, request)
        outcomes = work.build_all(jobs, journal, setting, shared, rebuild=request.rebuild)
        compilers = shared.workers * shared.jobs
        repeated = again.repeat(outcomes, journal.folder, setting, compilers) if request.verify else []
    said = build_report.Said(
        setting, journal.folder, tuple(prepared), tuple(sdists), tuple(outcomes), tuple(repeated), shared
    )
    return Report(
        task="wheels build",
        project=prepared[0].project.name if len(prepared) == 1 else root.name,
        host=Host.here(),
        facts=tuple(build_report.facts(said)),
        findings=tuple(build_report.findings(said)),
        tables=tuple(build_report.tables(said)),
        artifacts=tuple(build_report.artifacts(said)),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _setting(root: Path, request: Request) -> Setting:
    try:
        asked = tuple(PythonVersion.parse(each) for text in request.pythons for each in text.split(","))
    except ValueError as error:
        raise UsageError(str(error), cause="--python takes versions", command="pyo3ops wheels plan") from None
    return Setting(request.env, home_folder(request.env), _work(root, request.output), asked, request.progress)


def _work(root: Path, output: Path | None) -> Path:
    """The folder for all but the results; beside them where the project's own takes nothing."""
    try:
        folder = own_folder(root) / "wheels"
        folder.mkdir(exist_ok=True)
    except OSError as error:
        if output is None:
            raise _unwritable(error, root) from None
        return output.absolute() / ".work"
    return folder.absolute()


def _unwritable(error: OSError, folder: Path) -> UsageError:
    return UsageError(
        f"nothing can be built here: {reason_of(error, folder)}",
        cause="the folder is not yours to write, the disk is full, or a file has its name",
        command="pyo3ops wheels build --output DIR",
    )


def _journal(setting: Setting, request: Request) -> Journal:
    folder = request.output.absolute() if request.output else setting.work / "dist"
    try:
        journal = Journal(folder)
        setting.work.mkdir(parents=True, exist_ok=True)
        # Better told now than after the first wheel was compiled.
        with tempfile.TemporaryFile(dir=str(folder)):
            return journal
    except OSError as error:
        raise _unwritable(error, folder) from None


@contextlib.contextmanager
def _alone(setting: Setting) -> Iterator[None]:
    """Two that build from one folder of sources would each take it away from the other."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(
                locked(setting.work / ".lock", lambda: setting.progress("waiting for another `wheels build` in here"))
            )
        except OSError as error:
            raise _unwritable(error, setting.work) from None
        yield


def _prepared(
    chosen: Sequence[Project], setting: Setting, request: Request, scratch: contextlib.ExitStack
) -> list[Member]:
    chains: dict[Path | None, Toolchain] = {}
    if request.sdist is not None:
        project, epoch = _given(request.sdist, setting, request)
        _check_asked([project], setting)
        chain = toolchain.ask(project.root, request.env, setting.home)
        return [prepare(project, chain, setting, scratch, given=request.sdist, epoch=epoch)]
    found = []
    for project in chosen:
        # One toolchain for all that no file of their own gives another one.
        if project.toolchain_file not in chains:
            chains[project.toolchain_file] = toolchain.ask(project.root, request.env, setting.home)
        found.append(prepare(project, chains[project.toolchain_file], setting, scratch))
    return found


def _given(file: Path, setting: Setting, request: Request) -> tuple[Project, Epoch]:
    """The project that an sdist of somebody's is, and the time of its files."""
    if request.names:
        raise UsageError(
            "an sdist is one project: --from takes no names", command=f"pyo3ops wheels build --from {file}"
        )
    folder = setting.work / "given" / file.name.replace(".tar.gz", "")
    try:
        newest = sdist.unpack(file, folder)
    except (OSError, sdist.Refused) as error:
        why = reason_of(error, file) if isinstance(error, OSError) else str(error)
        raise UsageError(f"{file} cannot be built from: {why}", cause="--from takes the sdist of a project") from None
    return discover.read_project(folder, request.env), epoch_of(newest, request.env)


def _check_asked(projects: Sequence[Project], setting: Setting) -> None:
    """Each Python that was asked for has to be planned for one project: told before anything is made."""
    if not projects or not setting.asked:
        return
    try:
        wheels = [wheel for project in projects for wheel in planned(project).wheels]
    except ConfigError:
        # What is wrong with a project is in the report, beside what is built of the others.
        return
    covered = sorted({python for wheel in wheels for python in wheel.interpreters.covers})
    wanted = ", ".join(str(python) for python in setting.asked if python not in covered)
    if wanted:
        cause = f"those that have one: {', '.join(map(str, covered))}" if covered else "none is planned for any"
        raise UsageError(f"no wheel is planned for Python {wanted}", cause=cause, command="pyo3ops wheels plan")


def _share(jobs: Sequence[Job], request: Request) -> Share:
    lanes = len({job.buildable.interpreter.version for job in jobs})
    return share.share(lanes, share.cores(request.env), share.free_memory(), request.jobs)
