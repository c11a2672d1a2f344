"""`pyo3ops release`: state, plan, act: run again, it does what is left."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.discover import read_project
from pyo3ops.core.errors import ConfigError, Interrupted, Pyo3opsError, UsageError
from pyo3ops.core.files import own_folder
from pyo3ops.core.model import Fact, Finding, Fix, Host, Report, Status
from pyo3ops.core.selection import Selection
from pyo3ops.core.versions import compare
from pyo3ops.release import artifacts, lock, look, manifest, versions
from pyo3ops.release.advice import reached
from pyo3ops.release.bump import current
from pyo3ops.release.clock import SystemClock
from pyo3ops.release.journal import FILE, Journal
from pyo3ops.release.live import LiveIndex
from pyo3ops.release.model import State
from pyo3ops.release.preflight import rows
from pyo3ops.release.recovered import recovered
from pyo3ops.release.rehearsal import Rehearsal, rehearsing
from pyo3ops.release.target import target
from pyo3ops.release.world import Asked
from pyo3ops.tasks.release import recovering, shown, taking
from pyo3ops.tasks.release.course import LOCKED, Course, Request, resume, said
from pyo3ops.tasks.release.onward import goes_to, plain

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
    Selection(ignore=request.ignore).verify([row.id for row in rows()], "pyo3ops release --dry-run --verbose")
    project = read_project(root, request.env)
    version = chosen(project, root, request)
    if request.source:
        # A word that is none is told before anything is looked at.
        artifacts.asked(request.source, request.env)
    folder = look.folder_of(root, project, version)
    if request.recover:
        recovering.recover(folder, project, version, request, _index(project, request))
    journal = Journal.open(folder)
    if journal.state is State.WITHDRAWN:
        raise UsageError(
            f"{version} was withdrawn: no index takes its names again",
            command="pyo3ops release --bump patch",
        )
    if not request.index:
        # A release stays with its index, whatever is configured by now.
        request = replace(request, index=goes_to(journal) or None)
    course = _course(root, request, project, version, folder, journal)
    _check_index(course)
    taking.check_source(course)
    steps = shown.left(course)
    if request.dry_run:
        course.findings += _looked(course, steps)
        return shown.report(course, time.monotonic() - started, acted=False)
    if not steps:
        course.findings += _still(course)
    if not steps or not _agreed(course):
        return shown.report(course, time.monotonic() - started, acted=False)
    own_folder(root)
    known = journal.records
    if course.promoted:
        recovering.promote(course)
        known = Journal.open(folder).records
    with journal:
        if journal.records != known:
            raise UsageError(
                f"the release of {version} went on meanwhile, by another run", command=shlex.join(resume(course))
            )
        _act(course)
    return shown.report(course, time.monotonic() - started, acted=True)


def _index(project: Project, request: Request) -> LiveIndex:
    place = target(request.index or "", project, request.env)
    return _Rehearsed(place, request.env) if request.rehearse else LiveIndex(place, request.env)


def _course(  # noqa: PLR0917 - what it consists of
    root: Path, request: Request, project: Project, version: str, folder: Path, journal: Journal
) -> Course:
    first = journal.records[0].sha256[:16] if journal.records else ""
    asked = Asked(version, request.index or "", request.rehearse, journal=first)
    request.progress("looking at git, the files, the index")
    looked = time.monotonic()
    world = look.look(root, asked, request.env)
    index = _index(project, request)
    name = folder.name[: -len(version) - 1]
    course = Course(request, root, project, name, version, folder, journal, SystemClock(), index, world, world.manifest)
    course.anew = _anew(course)
    if course.anew:
        course.world = replace(world, manifest=None)
    course.times.append(("look", "done", time.monotonic() - looked))
    return course


def _anew(course: Course) -> bool:
    """Whether what is sealed gives way to another set; never once any of it may be public."""
    request, sealed = course.request, course.manifest
    if sealed is None or course.world.public != ():
        return False
    moved = bool(course.head) and bool(sealed.commit) and course.head != sealed.commit
    if course.journal.state is State.BUILT:
        # Killed between the manifest and the record of it.
        torn = bool(manifest.check(sealed, course.folder))
        return torn or moved or bool(request.source) or request.rebuild
    if course.journal.state not in _LOOSE:
        return False
    return (moved and request.build) or bool(request.source) or request.rebuild


def _check_index(course: Course) -> None:
    """A release that has begun stays with its index; a set that was tried at another one may go on to this one."""
    begun, state = course.journal.standing.index, course.journal.state
    if not begun or begun == course.index.shown:
        return
    if state is State.VERIFIED and course.manifest is not None and not course.request.rehearse:
        course.promoted = True
        return
    raise UsageError(
        f"{course.version} goes to {begun}, not to {course.index.shown}",
        cause="a release stays with its index; once it is verified there, its files may go on to another",
        command=f"pyo3ops release --resume --version {course.version} --index {begun}",
    )


def chosen(project: Project, root: Path, request: Request) -> str:
    """The version that a run is about. Raises `UsageError` where that cannot be told, or none is left to resume."""
    if request.resume and request.version is None:
        return _only(unfinished(root, project))
    if request.part:
        if request.part.split(",")[0].strip() not in versions.PARTS:
            raise UsageError(
                f"{request.part!r} is no part of a version",
                cause=f"parts are {', '.join(versions.PARTS)}, or two such as minor,rc",
                command="pyo3ops release --version VERSION",
            )
        begun = unfinished(root, project)
        if begun:
            raise UsageError(
                f"the release of {begun[-1]} is not at its end, and {request.part} would raise beyond it",
                command=f"pyo3ops release --resume --version {begun[-1]}",
            )
        return versions.target(current(project), request.part)
    now = current(project)
    version = str(versions.read(request.version)) if request.version else now
    here = (look.folder_of(root, project, version) / FILE).is_file()
    if request.resume and not here:
        raise UsageError(f"no release of {version} was begun here", command=f"pyo3ops release --version {version}")
    if not here and compare(version, now) == -1:
        raise UsageError(
            f"the files state {now}, and {version} is older",
            cause="a release goes forwards",
            command=f"pyo3ops release bump {version} --older, where that is meant",
        )
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
    # A folder that somebody copied aside is no release.
    return tuple(sorted((each for each in found if compare(each, each) == 0), key=versions.read))


def _agreed(course: Course) -> bool:
    """Show the plan and ask; raises `UsageError` where there is nobody to ask."""
    request, table = course.request, shown.plan(course)
    if not request.yes and request.confirm is None:
        raise UsageError(
            f"nothing was done: nobody can be asked whether {course.version} shall go to {course.index.shown}",
            cause="stdin or stderr is no terminal",
            command=shlex.join(["pyo3ops", "release", *_asked(request), "--yes"]),
        )
    request.show(Report(task="release", project=course.project.name, tables=(table,)))
    if request.yes or request.confirm is None:
        return True
    return request.confirm(f"Release {course.name} {course.version} to {course.index.shown}? [y/N] ")


def _asked(request: Request) -> Iterator[str]:
    """The options that say which release this is."""
    options = {
        "--version": request.version,
        "--bump": request.part,
        "--index": plain(request.index),
        "--from": request.source,
        "--until": request.until,
    }
    for name, value in options.items():
        if value:
            yield from (name, value)


def _still(course: Course) -> Iterator[Finding]:
    """Whether the index still has what the journal says that it has: a look is all, as nothing is sent again."""
    if course.manifest is None or not reached(course.state, State.PUBLISHED) or course.request.rehearse:
        return
    title = f"every file is public on {course.index.shown}"
    found = recovered(course.manifest, course.world.listing, (), course.version)
    if found.state is None:
        yield said("publish", title, Status.UNKNOWN, found.reason)
    elif found.missing or found.foreign:
        lines = (*(f"{name}: gone" for name in found.missing), *(f"{name}: other bytes" for name in found.foreign))
        fix = Fix(
            f"ask whoever runs the index; the sealed files are in {course.folder / manifest.FILES}",
            ("pyo3ops", "release", "withdraw", "--version", course.version),
        )
        reason = f"{len(found.missing)} that were public are gone, {len(found.foreign)} have other bytes"
        yield said("publish", title, Status.FAIL, reason, lines, fix)
    else:
        yield said("publish", title, Status.OK, f"{len(found.public)} files, as sealed")


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
    """The journal's first record, also where what was sealed before was given up."""
    if course.journal.state is State.BUILT and course.manifest is not None and not course.anew:
        # Killed between the manifest and the record of it: the files are whole, and of this commit.
        course.journal.append(State.SEALED.value, manifest=manifest.fingerprint(course.manifest))
    lost = course.journal.state is State.ABORTED and course.manifest is None
    if not course.journal.records or lost:
        course.begin()


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
    found = course.findings[before:]
    stops, warned = course.stops(found), any(each.status is Status.WARN for each in found)
    word = "stopped" if stops else "done, with warnings" if warned else "done"
    course.times.append((step.name, word, time.monotonic() - started))
    return not stops


def _failed(step: Step, error: Pyo3opsError) -> Finding:
    words = error.cause or "mend it, and go on"
    fix = Fix(f"{words}: {error.command}" if error.command else words)
    return Finding(f"release.step.{step.name}", f"{step.name} goes through", Status.FAIL, error.message, fix=fix)


def _interrupted(course: Course) -> Interrupted:
    done = [name for name, result, _ in course.times if result.startswith("done")]
    return Interrupted(
        f"interrupted: {course.name} {course.version} is {course.journal.state.value}; "
        f"done by this run: {', '.join(done) or 'nothing'}",
        cause="what was done is in the journal; nothing is sent again before the index was asked",
        command=shlex.join(resume(course)),
    )


def _unlock(course: Course) -> None:
    """Give the lock back where nothing is public, or all of it is read back; between, it keeps others out."""
    between = course.journal.state in {State.PUBLISHING, State.PUBLISHED, State.STUCK}
    if course.held is None or course.until == LOCKED or between:
        return
    trouble = lock.release(course.root, course.held, course.env)
    if trouble is not None:
        finding = Finding("release.step.unlock", "the lock is given back", Status.WARN, trouble.reason, fix=trouble.fix)
        course.findings.append(finding)
