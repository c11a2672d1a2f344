"""A release as tables and facts: what is so and what will be done, then what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Artifact, Column, Fact, Host, Report, Table
from pyo3ops.release.advice import reached
from pyo3ops.release.manifest import path_of
from pyo3ops.release.model import State
from pyo3ops.tasks.release.course import LOCKED
from pyo3ops.tasks.release.onward import named
from pyo3ops.tasks.release.steps import STEPS

if TYPE_CHECKING:
    from pyo3ops.core.model import Finding
    from pyo3ops.tasks.release.course import Course
    from pyo3ops.tasks.release.steps import Step

THERE, TO_DO, LATER = "done", "to do", "later"


def left(course: Course) -> list[Step]:
    """The steps that this run has to do."""
    return [step for step in STEPS if condition(course, step) == TO_DO]


def condition(course: Course, step: Step) -> str:
    """Whether a step is over, to be done, or beyond what is wanted."""
    last = course.last
    if step.name == "lock" and not reached(last, State.PUBLISHED):
        return TO_DO if course.until == LOCKED else LATER
    if step.name == "preflight" and course.until == LOCKED:
        return TO_DO
    if reached(course.state, last):
        return THERE if step.state is None or reached(course.state, step.state) else LATER
    if step.state is None:
        return TO_DO if step.name != "prepare" or course.state is State.PLANNED else THERE
    if reached(course.state, step.state):
        return THERE
    return TO_DO if reached(last, step.state) else LATER


def plan(course: Course) -> Table:
    """State and actions: a row for each step."""
    rows = []
    for step in STEPS:
        word = condition(course, step)
        rows.append((step.name, word, step.plan(course) if word == TO_DO else ""))
    title = f"{course.name} {course.version} to {course.index.shown}: {course.journal.state.value}"
    return Table(title, (Column("step"), Column("state"), Column("what will be done")), tuple(rows))


def done(course: Course) -> Table:
    """What this run did, and how long each step took."""
    rows = tuple((name, result, round(seconds, 1)) for name, result, seconds in course.times)
    return Table("Steps", (Column("step"), Column("result"), Column("time", "s")), rows)


def files(course: Course) -> Table | None:
    """The sealed files, with the journal's word on each; None before they are sealed."""
    if course.manifest is None:
        return None
    rows = []
    for file in course.manifest.files:
        step = course.journal.standing.told(file.name).step
        rows.append((file.name, file.size, file.sha256[:12], step.value if step else ""))
    columns = (Column("file"), Column("size", "B"), Column("sha256"), Column("in the journal"))
    return Table("Sealed", columns, tuple(rows))


def report(course: Course, seconds: float, *, acted: bool) -> Report:
    """All that a run says."""
    tables = [done(course)] if acted else [plan(course)]
    sealed = files(course)
    return Report(
        task="release",
        project=course.project.name or course.root.name,
        host=Host.here(),
        facts=tuple(facts(course)),
        findings=tuple(named(_unique(course.findings), None if course.request.rehearse else course.request.index)),
        tables=(*tables, *((sealed,) if sealed else ())),
        artifacts=tuple(_artifacts(course)),
        strict=course.request.strict,
        seconds=seconds,
    )


def facts(course: Course) -> Iterator[Fact]:
    """What release this is, and how far it is."""
    yield Fact("version", course.version)
    yield Fact("index", course.index.shown)
    yield Fact("state", course.journal.state.value)
    commit = course.manifest.commit if course.manifest else course.head
    if commit:
        yield Fact("commit", commit)
    if course.expected is not None:
        more = f" ({course.expected.elsewhere} more elsewhere)" if course.expected.elsewhere else ""
        yield Fact("planned files", f"{course.expected.count}{more}")
    yield Fact("journal", str(course.folder))


def _artifacts(course: Course) -> Iterator[Artifact]:
    for file in course.manifest.files if course.manifest else ():
        kind = "wheel" if file.is_wheel else "sdist"
        yield Artifact(str(path_of(course.folder, file)), kind, file.sha256)


def _unique(findings: list[Finding]) -> Iterator[Finding]:
    """The last word on each: a check that ran before and after the build is one."""
    last = {(each.id, each.title): each for each in findings}
    yield from last.values()
