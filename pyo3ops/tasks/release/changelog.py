"""`pyo3ops release changelog`: the section of a release: shown, drafted from git's log, cut, or looked for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Callable

from pyo3ops.core.discover import read_project
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.model import Column, Fact, Finding, Fix, Host, Location, Report, Status, Table
from pyo3ops.core.stated import is_pure, leading
from pyo3ops.core.version_places import relative
from pyo3ops.core.versions import newest_tag
from pyo3ops.release import draft, notes, prepare
from pyo3ops.release.edits import carry_out, edits_of
from pyo3ops.release.unreleased import NEW, put
from pyo3ops.release.versions import read
from pyo3ops.tools import git

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.release.edits import Edit
    from pyo3ops.release.notes import Section

_ID = "release.changelog"


@dataclass(frozen=True)
class Request:
    """Which section: that of a version, or without one that of what is not released yet."""

    env: Mapping[str, str]
    version: str | None = None
    #: Write the draft, or with a version cut the section.
    write: bool = False
    #: Fail where the section is missing or empty.
    check: bool = False
    strict: bool = False
    #: The day of the release, YYYY-MM-DD; today (UTC) where it is empty.
    date: str = ""
    progress: Callable[[str], None] = lambda _: None


def run(root: Path, request: Request) -> Report:
    """Show a section, with a draft of what it lacks; write what is asked for.

    Raises `UsageError` where there is nothing to cut, `ConfigError` where the change log cannot be read or written.
    """
    started = time.monotonic()
    project = read_project(root, request.env)
    version = str(read(request.version)) if request.version else None
    facts, findings, tables = (
        _written(project, request, version) if request.write else _shown(project, request, version)
    )
    return Report(
        task="release changelog",
        project=project.name,
        host=Host.here(),
        facts=facts,
        findings=findings,
        tables=tables,
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _shown(
    project: Project, request: Request, version: str | None
) -> tuple[tuple[Fact, ...], tuple[Finding, ...], tuple[Table, ...]]:
    found = prepare.log_of(project)
    text = found[1] if found else ""
    section = notes.section(text, version) if version else notes.unreleased(text)
    facts = (Fact("change log", relative(found[0], project.root) if found else "none"),)
    tables: tuple[Table, ...] = (_table(section.heading, section.body),) if section else ()
    finding = _judged(project, request, version, section)
    if version is None and not request.check:
        drafted = _drafted(project, request, section.body if section else "")
        tables += (_table("Draft, from git's log", drafted),) if drafted else ()
    return facts, (finding,), tables


def _judged(project: Project, request: Request, version: str | None, section: Section | None) -> Finding:
    wanted = version or "what is not released yet"
    title = f"the change log has a section for {wanted}"
    place = prepare.log_of(project)
    path = relative(place[0], project.root) if place else ""
    if section and section.body:
        return Finding(_ID, title, Status.OK, section.heading, where=Location(path, section.line))
    detail = f"it is empty: {section.heading}" if section else "it has none" if place else "there is no change log"
    argv = ("pyo3ops", "release", "changelog", "--write", *(("--version", version) if version else ()))
    fix = Fix("cut it from what is not released yet" if version else "let the log of git draft it", argv)
    where = Location(path, section.line) if section else Location(path) if path else None
    return Finding(_ID, title, Status.FAIL if request.check else Status.WARN, detail, fix=fix, where=where)


def _written(
    project: Project, request: Request, version: str | None
) -> tuple[tuple[Fact, ...], tuple[Finding, ...], tuple[Table, ...]]:
    if version:
        date = request.date or datetime.now(timezone.utc).date().isoformat()
        edits, what = prepare.plan_cut(project, version, date), f"the change log has a section for {version}"
        if not edits and prepare.log_of(project) is None:
            raise _nothing()
    else:
        edits, what = _put(project, request), "the change log has what git's log has"
    files = carry_out(edits)
    columns = (Column("place"), Column("before"), Column("after"))
    rows = tuple((f"{edit.path}:{edit.line}", edit.before, edit.after) for edit in edits)
    detail = ", ".join(relative(file, project.root) for file in files) or "it had that before"
    tables = (Table("Change log", columns, rows),) if rows else ()
    return (), (Finding(_ID, what, Status.OK, detail),), tables


def _put(project: Project, request: Request) -> tuple[Edit, ...]:
    """The edits that put the draft into the open section; the file is begun where there is none."""
    found = prepare.log_of(project)
    if found is None:
        found = project.root / "CHANGELOG.md", NEW
    file, text = found
    section = notes.unreleased(text)
    drafted = _drafted(project, request, section.body if section else "")
    return edits_of(file, relative(file, project.root), put(text, drafted))


def _drafted(project: Project, request: Request, known: str) -> str:
    """What the commits since the newest tag of the project say; empty where git has nothing to tell."""
    checkout = git.checkout(project.root, request.env)
    if checkout is None:
        return ""
    crates = () if is_pure(project) else tuple(extension.crate for extension in project.extensions)
    names = {name for name in (project.name, *crates) if name}
    tag = newest_tag(checkout.tags, names, top=checkout.top)
    since = tag[0] if tag else _of_last_release(project, checkout.tags)
    commits = draft.log_since(project.root, request.env, since)
    return "" if isinstance(commits, str) else draft.draft(commits, known)


def _of_last_release(project: Project, tags: Sequence[str]) -> str | None:
    """The tag, without the project's name in it, of the version that the files or the change log name."""
    said, found = leading(project), prepare.log_of(project)
    versions = (said.version if said else None, notes.newest(found[1]) if found else None)
    spelt = (tag for version in versions if version for tag in (f"v{version}", version))
    return next((tag for tag in spelt if tag in tags), None)


def _table(title: str, text: str) -> Table:
    return Table(title, (Column("text"),), tuple((line,) for line in text.splitlines()))


def _nothing() -> ConfigError:
    return ConfigError(
        "there is no change log to cut a section of",
        cause="a release says what is new in it",
        command="pyo3ops release changelog --write",
    )
