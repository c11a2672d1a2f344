"""`pyo3ops release`: state, plan, act: run again, it does what is left."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.discover import read_project
from pyo3ops.core.errors import ConfigError, Interrupted, Pyo3opsError, UsageError
from pyo3ops.core.files import own_folder
from pyo3ops.core.model import Fact, Finding, Fix, Host, Report, Status
from pyo3ops.core.selection import Selection
from pyo3ops.release import lock, look, manifest, versions
from pyo3ops.release.bump import current
from pyo3ops.release.clock import SystemClock
from pyo3ops.release.journal import FILE, Journal
from pyo3ops.release.live import LiveIndex
from pyo3ops.release.model import State
from pyo3ops.release.preflight import rows
from pyo3ops.release.rehearsal import Rehearsal, rehearsing
from pyo3ops.release.target import target
from pyo3ops.release.world import Asked
from pyo3ops.tasks.release import recovering, shown
from pyo3ops.tasks.release.course import LOCKED, Course, Request, resume

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.release.copied import Uncopied
    from pyo3ops.tasks.release.steps import Step
    from pyo3ops.tools.pypiserver import Absent

__all__ = ["Request", "run"]

#: Nothing is left to do, or nothing may be done any more.
FINAL = frozenset({State.ANNOUNCED, State.WITHDRAWN})
#: What is sealed may be given up: nothing of it is public.
_LOOSE = frozenset({State.SEALED, State.CHECKED, State.ABORTED})


def run(root: Path, request: Request) -> Report:
    """Look, show what will be done, ask, and do it; with `rehearse` in a copy, and to an index of this machine.

    Raises `UsageError`, with nothing done, for a version or an index that is none, where there is nothing to resume,
    and where nobody can be asked and `yes` does not stand; `Interrupted`, saying how far it came.
    """
    started = time.monotonic()
    if not request.rehearse:
        return _released(root, request, started)
    with rehearsing(root, request.env, resume=request.resume) as stage:
        if not isinstance(stage, Rehearsal):
            return _unrehearsed(root, request, stage, started)
        # Nothing outside the copy changes, so nobody has to be asked.
        inside = replace(request, env=stage.env, index=stage.index, yes=True)
        report = _released(stage.root, inside, started)
        note = Finding(
            "release.rehearsal", "the rehearsal is what a release would be", Status.OK, "; ".join(stage.notes)
        )
        facts = (*report.facts, Fact("rehearsed in", str(stage.root)), Fact("files", str(stage.served)))
        return replace(report, facts=facts, findings=(*report.findings, note))


@dataclass(frozen=True)
class _Rehearsed(LiveIndex):
    """The index of a rehearsal: another port each time, and one index to the journal."""

    @property
    def shown(self) -> str:
        """Its name."""
        return "the index of the rehearsal"


def _unrehearsed(root: Path, request: Request, why: Uncopied | Absent, started: float) -> Report:
    finding = Finding(
        "release.rehearsal", "the release can be rehearsed here", Status.FAIL, why.reason, fix=getattr(why, "fix", None)
    )
    return Report(
        task="release",
        project=root.name,
        host=Host.here(),
        findings=(finding,),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _released(root: Path, request: Request, started: float) -> Report:
    Selection(ignore=request.ignore).verify([row.id for row in rows()])
    project = read_project(root, request.env)
    version = chosen(project, root, request)
    folder = look.folder_of(root, project, version)
    if request.recover:
        recovering.recover(root, folder, project, version, request)
    journal = Journal.open(folder)
    if journal.state is State.WITHDRAWN:
        raise UsageError(
            f"{version} was withdrawn: no index takes its names again",
            command="pyo3ops release --bump patch",
        )
    course = _course(root, request, project, version, folder, journal)
    steps = shown.left(course)
    if request.dry_run:
        course.findings += _looked(course, steps)
        return shown.report(course, time.monotonic() - started, acted=False)
    if not steps:
        return shown.report(course, time.monotonic() - started, acted=False)
    if not _agreed(course):
        return shown.report(course, time.monotonic() - started, acted=False)
    own_folder(root)
    with journal:
        _act(course)
    return shown.report(course, time.monotonic() - started, acted=True)


def _course(  # noqa: PLR0917 - what it consists of
    root: Path, request: Request, project: Project, version: str, folder: Path, journal: Journal
) -> Course:
    first = journal.records[0].sha256[:16] if journal.records else ""
    asked = Asked(version, request.index or "", request.rehearse, journal=first)
    request.progress("looking at git, the files, the index")
    looked = time.monotonic()
    world = look.look(root, asked, request.env)
    place = target(request.index or "", project, request.env)
    index = _Rehearsed(place, request.env) if request.rehearse else LiveIndex(place, request.env)
    name = folder.name[: -len(version) - 1]
    sealed = world.manifest
    course = Course(request, root, project, name, version, folder, journal, SystemClock(), index, world, sealed)
    course.times.append(("look", "done", time.monotonic() - looked))
    return course


def chosen(project: Project, root: Path, request: Request) -> str:
    """The version that a run is about. Raises `UsageError` where that cannot be told, or none is left to resume."""
    if request.resume and request.version is None:
        return _only(unfinished(root, project))
    if request.part:
        begun = unfinished(root, project)
        if begun:
            raise UsageError(
                f"the release of {begun[-1]} is not at its end, and {request.part} would raise beyond it",
                command=f"pyo3ops release --resume --version {begun[-1]}",
            )
        return versions.target(current(project), request.part)
    version = str(versions.read(request.version)) if request.version else current(project)
    if request.resume and not (look.folder_of(root, project, version) / FILE).is_file():
        raise UsageError(f"no release of {version} was begun here", command=f"pyo3ops release --version {version}")
    return version


def _only(begun: tuple[str, ...]) -> str:
    if not begun:
        raise UsageError(
            "there is no release to go on with",
            cause="none was begun here, or all are at their end",
            command="pyo3ops release status",
        )
    if len(begun) > 1:
        raise UsageError(
            f"several releases are not at their end: {', '.join(begun)}",
            command=f"pyo3ops release --resume --version {begun[-1]}",
        )
    return begun[0]


def unfinished(root: Path, project: Project) -> tuple[str, ...]:
    """The versions of a project whose release was begun here and is not at its end, oldest first.

    One whose journal is damaged counts: nobody can say that it is at its end.
    """
    place = look.folder_of(root, project, "")
    found = []
    for path in place.parent.glob(f"{place.name}*/{FILE}"):
        try:
            at_end = Journal.open(path.parent).state in FINAL | {State.ABORTED}
        except ConfigError:
            at_end = False
        if not at_end:
            found.append(path.parent.name[len(place.name) :])
    return tuple(sorted(found, key=versions.read))


def _agreed(course: Course) -> bool:
    """Show the plan and ask; raises `UsageError` where there is nobody to ask."""
    request, table = course.request, shown.plan(course)
    if not request.yes and request.confirm is None:
        raise UsageError(
            f"nothing was done: nobody can be asked whether {course.version} shall go to {course.index.shown}",
            cause="stdin or stderr is no terminal",
            command="pyo3ops release --yes, or --dry-run to see the plan",
        )
    request.show(Report(task="release", project=course.project.name, tables=(table,)))
    if request.yes or request.confirm is None:
        return True
    return request.confirm(f"Release {course.name} {course.version} to {course.index.shown}? [y/N] ")


def _looked(course: Course, steps: list[Step]) -> Iterator[Finding]:
    for step in steps:
        if step.name == "preflight":
            yield from step.do(course)


def _act(course: Course) -> None:
    _begin(course)
    try:
        for step in shown.left(course):
            if not _went_well(course, step):
                break
    except (KeyboardInterrupt, Interrupted) as ending:
        raise _interrupted(course) from ending
    finally:
        _unlock(course)


def _begin(course: Course) -> None:
    """The journal's first record; and room for another set where the sealed one is given up, none of it public."""
    request, sealed = course.request, course.manifest
    if course.journal.state in _LOOSE and sealed is not None and course.world.public == ():
        other = bool(course.head) and bool(sealed.commit) and course.head != sealed.commit
        if other or request.source or request.rebuild:
            if course.journal.state is not State.ABORTED:
                course.journal.append(State.ABORTED.value, reason="another set takes its place")
            manifest.set_aside(course.folder)
            course.manifest = None
            course.world = replace(course.world, manifest=None)
    if not course.journal.records or (course.journal.state is State.ABORTED and course.manifest is None):
        course.journal.append(State.PLANNED.value, version=course.version, commit=course.head)


def _went_well(course: Course, step: Step) -> bool:
    """Do a step; False where the release stops there."""
    course.request.progress(f"{step.name}: {step.plan(course)}")
    started, before = time.monotonic(), len(course.findings)
    try:
        for finding in step.do(course):
            course.findings.append(finding)
    except Interrupted:
        course.times.append((step.name, "interrupted", time.monotonic() - started))
        raise
    except Pyo3opsError as error:
        course.findings.append(_failed(step, error))
    worst = max((each.status for each in course.findings[before:]), default=Status.OK)
    stops = worst > Status.WARN or (course.request.strict and worst is Status.WARN)
    word = "stopped" if stops else "done, with warnings" if worst is Status.WARN else "done"
    course.times.append((step.name, word, time.monotonic() - started))
    return not stops


def _failed(step: Step, error: Pyo3opsError) -> Finding:
    fix = Fix(f"{error.cause or 'mend it'}: {error.command}" if error.command else error.cause or "mend it, and go on")
    return Finding(f"release.step.{step.name}", f"{step.name} goes through", Status.FAIL, error.message, fix=fix)


def _interrupted(course: Course) -> Interrupted:
    done = [name for name, result, _ in course.times if result.startswith("done")]
    return Interrupted(
        f"interrupted: {course.name} {course.version} is {course.journal.state.value}; "
        f"done by this run: {', '.join(done) or 'nothing'}",
        cause="what was done is in the journal; nothing is sent again before the index was asked",
        command=" ".join(resume(course)),
    )


def _unlock(course: Course) -> None:
    """Give the lock back at the end, and where nothing is public; between, it keeps others from another set."""
    if course.held is None or course.request.until == LOCKED:
        return
    over = course.journal.state in FINAL | _LOOSE | {State.PLANNED, State.BUILT}
    settled = course.journal.state in {State.VERIFIED, State.TAGGED} and course.request.until == "announced"
    if over or settled:
        trouble = lock.release(course.root, course.held, course.env)
        if trouble is not None:
            course.findings.append(
                Finding("release.step.unlock", "the lock is given back", Status.WARN, trouble.reason, fix=trouble.fix)
            )
