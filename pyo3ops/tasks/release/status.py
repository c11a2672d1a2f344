"""`pyo3ops release status`: how far a release is, by its journal, by the index and by git, and what to type next."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.core.discover import read_project
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.model import Cell, Column, Fact, Finding, Fix, Host, Report, Status, Table
from pyo3ops.release import look, manifest, versions
from pyo3ops.release.advice import ADVICE, fix_of, reached
from pyo3ops.release.bump import current
from pyo3ops.release.journal import FILE, Journal
from pyo3ops.release.live import LiveIndex
from pyo3ops.release.model import State
from pyo3ops.release.recovered import Recovered, recovered
from pyo3ops.release.rehearsal import root_of
from pyo3ops.release.target import target
from pyo3ops.tasks.release.onward import index_of, named
from pyo3ops.tasks.release.run import unfinished
from pyo3ops.tools import git
from pyo3ops.tools.index import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.core.project import Project
    from pyo3ops.release.index import Listing
    from pyo3ops.release.model import Manifest


@dataclass(frozen=True)
class Request:
    """Which version: that of the release that is under way, else the one that the files state, without one."""

    env: Mapping[str, str]
    version: str | None = None
    index: str | None = None
    offline: bool = False
    #: Of the rehearsal in `.pyo3ops/rehearsal`.
    rehearse: bool = False
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class _Known:
    """What each of them says: the journal (None where there is none), the index and git."""

    version: str
    folder: Path
    journal: Journal | None
    #: Why the journal cannot be used.
    damage: str
    sealed: Manifest | None
    listing: Listing
    found: Recovered | None
    shown: str


def run(root: Path, request: Request) -> Report:
    """Tell how far a release is; nothing is changed, and a damaged journal is no obstacle: index and git know as well.

    Raises `UsageError` for a version or an index that is none.
    """
    started = time.monotonic()
    root = _root(root, request)
    project = read_project(root, request.env)
    known = _known(root, project, request)
    return Report(
        task="release status",
        project=project.name or root.name,
        host=Host.here(),
        facts=tuple(_facts(known)),
        findings=tuple(named(_findings(known, request), request.index)),
        tables=tuple(_tables(known, root, project)),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _root(root: Path, request: Request) -> Path:
    """The copy in which a release is rehearsed, where that is asked for."""
    return root_of(root) if request.rehearse else root


def _known(root: Path, project: Project, request: Request) -> _Known:
    begun = unfinished(root, project)
    version = str(versions.read(request.version)) if request.version else begun[-1] if begun else current(project)
    folder = look.folder_of(root, project, version)
    journal, damage = _journal(folder)
    sealed = _sealed(folder)
    asked = request.index or index_of(folder)
    place = None if request.rehearse or request.offline else target(asked, project, request.env)
    index = LiveIndex(place, request.env) if place else None
    listing: Listing = Refusal("it was not asked") if index is None else index.listing(project.name or "")
    state = git.checkout(root, request.env)
    tags = state.tags if state else ()
    found = None if isinstance(listing, Refusal) else recovered(sealed, listing, tags, version)
    return _Known(version, folder, journal, damage, sealed, listing, found, index.shown if index else "")


def _journal(folder: Path) -> tuple[Journal | None, str]:
    if not (folder / FILE).is_file():
        return None, ""
    try:
        return Journal.open(folder), ""
    except ConfigError as error:
        return None, f"{error.message}: {error.cause}"


def _sealed(folder: Path) -> Manifest | None:
    try:
        return manifest.load(folder)
    except ConfigError:
        return None


def _facts(known: _Known) -> Iterator[Fact]:
    yield Fact("version", known.version)
    yield Fact("journal", str(known.folder) if known.journal or known.damage else "none")
    if known.sealed:
        yield Fact("commit", known.sealed.commit or "no repository")
    if known.shown:
        yield Fact("index", known.shown)


def _findings(known: _Known, request: Request) -> Iterator[Finding]:
    title = f"the release of {known.version} is at its end"
    state = _state(known)
    if known.damage:
        argv = ("pyo3ops", "release", "--recover", "--version", known.version)
        fix = Fix("set the journal aside and go on: index and git say how far it is", argv)
        yield Finding("release.journal", "the journal can be followed", Status.FAIL, known.damage, fix=fix)
    if state is None:
        fix = Fix("release it", ("pyo3ops", "release", "--dry-run"), mends=False)
        yield Finding("release.state", title, Status.WARN, f"no release of {known.version} was begun here", fix=fix)
    else:
        yield _of_state(state, title, known)
    if isinstance(known.listing, Refusal):
        status = Status.SKIP if request.offline or request.rehearse else Status.UNKNOWN
        fix = Fix("ask again when the index answers", ("pyo3ops", "release", "status"), mends=False)
        yield Finding("release.public", "the index was asked", status, known.listing.reason, fix=fix)
    elif known.found is not None:
        yield _of_index(known, known.found)


def _state(known: _Known) -> State | None:
    """The journal's word; without one that of the index, which knows nothing of what was only begun."""
    if known.journal is not None:
        return known.journal.state
    if known.found is None or (known.found.state is State.PLANNED and known.sealed is None):
        return None
    return known.found.state


def _of_state(state: State, title: str, known: _Known) -> Finding:
    advice = ADVICE[state]
    detail = f"{state.value}: {advice.happened}; public: {_counted(known) or advice.public}"
    if state is State.ANNOUNCED:
        return Finding("release.state", title, Status.OK, detail)
    status = Status.FAIL if state is State.STUCK else Status.WARN
    if known.damage:
        return Finding("release.state", title, status, detail)
    fix = fix_of(state, known.version) if state is not State.STUCK else _stuck(known)
    return Finding("release.state", title, status, detail, fix=fix)


def _counted(known: _Known) -> str:
    """How many of the sealed files are public; empty where nobody asked, or nothing is sealed."""
    if known.found is None or known.sealed is None or known.found.state is None:
        return ""
    return f"{len(known.found.public)} of {len(known.sealed.files)} files, as sealed"


def _stuck(known: _Known) -> Fix:
    if known.found is not None and (known.found.foreign or known.found.closed):
        argv = ("pyo3ops", "release", "withdraw", "--version", known.version)
        return Fix("this version cannot be completed: withdraw it, and release the next one", argv)
    argv = ("pyo3ops", "release", "--resume", "--version", known.version)
    return Fix("where the cause is gone, such as a quota, go on", argv)


def _of_index(known: _Known, found: Recovered) -> Finding:
    title = "what is public is what was sealed"
    lines = (*(f"{name}: public" for name in found.public), *(f"{name}: other bytes" for name in found.foreign))
    lines += tuple(f"{name}: not public" for name in found.missing)
    if found.foreign:
        fix = Fix("find out whose they are", ("pyo3ops", "release", "withdraw", "--version", known.version))
        reason = f"{len(found.foreign)} names hold other bytes"
        return Finding("release.public", title, Status.FAIL, reason, lines, fix)
    if found.missing and known.journal is not None and reached(known.journal.state, State.PUBLISHED):
        fix = Fix(
            f"ask whoever runs the index; the sealed files are in {known.folder / manifest.FILES}",
            ("pyo3ops", "release", "withdraw", "--version", known.version),
        )
        reason = f"{len(found.missing)} files that were public are gone"
        return Finding("release.public", title, Status.FAIL, reason, lines, fix)
    count = f"{len(found.public)} of {len(known.sealed.files)}" if known.sealed else str(len(found.public))
    yanked = f", {len(found.yanked)} yanked" if found.yanked else ""
    until = f"; PyPI takes files for it until {found.until}" if found.until and found.missing else ""
    tagged = f"; tagged {found.tag}" if found.tag else ""
    return Finding("release.public", title, Status.OK, f"{count} files{yanked}{tagged}{until}", lines)


def _tables(known: _Known, root: Path, project: Project) -> Iterator[Table]:
    if known.sealed is not None:
        yield _files(known, known.sealed)
    others = [version for version in unfinished(root, project) if version != known.version]
    if others:
        rows = tuple((version, f"pyo3ops release --resume --version {version}") for version in others)
        yield Table("Other releases that are not at their end", (Column("version"), Column("goes on by")), rows)


def _files(known: _Known, sealed: Manifest) -> Table:
    standing = known.journal.standing if known.journal else None
    rows: list[tuple[Cell, ...]] = []
    for file in sealed.files:
        step = standing.told(file.name).step if standing else None
        rows.append((file.name, file.size, file.sha256[:12], step.value if step else "", _public(known, file.name)))
    columns = (Column("file"), Column("size", "B"), Column("sha256"), Column("journal"), Column("index"))
    return Table("Sealed", columns, tuple(rows))


def _public(known: _Known, name: str) -> str:
    if known.found is None:
        return "not asked"
    if name in known.found.foreign:
        return "other bytes"
    return "as sealed" if name in known.found.public else "not there"
