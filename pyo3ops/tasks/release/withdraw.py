"""`pyo3ops release withdraw`: what is public of a version, what a yank would do, the steps, and whether it was done."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Callable

from pyo3ops.core import discover
from pyo3ops.core.model import Column, Fact, Finding, Fix, Host, Report, Status, Table
from pyo3ops.release import against, clock, versions, withdrawing
from pyo3ops.release.bump import current
from pyo3ops.release.clock import Clock, SystemClock
from pyo3ops.release.journal import Journal
from pyo3ops.release.live import LiveIndex
from pyo3ops.release.target import target
from pyo3ops.tasks.release.onward import index_of
from pyo3ops.tools import web

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pyo3ops.release.withdrawing import Standing

TITLE = "no installer chooses the version any more"


@dataclass(frozen=True)
class Request:
    """Which version to take back, from where, and why."""

    env: Mapping[str, str]
    #: The one that the project's files state, without one.
    version: str | None = None
    #: The configured one, else PyPI, without one.
    index: str | None = None
    reason: str = ""
    #: Wait until the index shows it.
    watch: bool = False
    #: Seconds to watch for.
    patience: float = 3600.0
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None
    clock: Clock = field(default_factory=SystemClock)


@dataclass(frozen=True)
class _Asked:
    """A request, looked up: the project as it stands in file names, the version normalised, its folder."""

    request: Request
    name: str
    version: str
    index: LiveIndex
    folder: Path


def run(root: Path, request: Request) -> Report:
    """Show what is public and what a person has to do; with `watch` wait for it; note in the journal that it is done.

    Nothing on the index changes by this. Raises `UsageError` for an index or a version that is none, `ConfigError`
    where the project or the journal cannot be read, and `Pyo3opsError` where another process writes the journal.
    """
    started = time.monotonic()
    asked = _asked(root, request)
    standing = _standing(asked)
    journal = Journal.open(asked.folder, request.clock)
    note = withdrawing.noted(journal, standing, asked.index.shown, request.reason)
    return Report(
        task="release withdraw",
        project=asked.name,
        host=Host.here(),
        facts=tuple(_facts(asked, standing, note)),
        findings=(_finding(asked, standing),),
        tables=tuple(_tables(asked, standing)),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _asked(root: Path, request: Request) -> _Asked:
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - start-up counts

    project = discover.read_project(root, request.env)
    name = canonicalize_name(project.name or root.name).replace("-", "_")
    version = str(versions.read(request.version)) if request.version else current(project)
    folder = root / ".pyo3ops" / "release" / f"{name}-{version}"
    index = LiveIndex(target(request.index or index_of(folder), project, request.env), request.env)
    return _Asked(request, name, version, index, folder)


def _standing(asked: _Asked) -> Standing:
    request = asked.request
    if not request.watch:
        return withdrawing.look(asked.index, asked.name, asked.version)
    patience = withdrawing.Patience(seconds=request.patience)
    return withdrawing.watch(asked.index, asked.name, asked.version, request.clock, request.progress, patience=patience)


def _finding(asked: _Asked, standing: Standing) -> Finding:
    if standing.reason:
        fix = Fix("ask again when the index answers", _again(asked), mends=False)
        return Finding("release.withdrawn", TITLE, Status.UNKNOWN, standing.reason, fix=fix)
    if standing.gone:
        detail = f"{asked.index.shown} shows nothing of {asked.version}"
        return Finding("release.withdrawn", TITLE, Status.OK, detail)
    if standing.withdrawn:
        detail = f"all {len(standing.files)} files of {asked.version} are yanked"
        return Finding("release.withdrawn", TITLE, Status.OK, detail)
    return _left(asked, standing)


def _left(asked: _Asked, standing: Standing) -> Finding:
    """Something is public and not yanked: what to do, and what is unknown where that was watched for."""
    kind = withdrawing.kind_of(asked.index.target, asked.request.env)
    steps = withdrawing.steps(kind, asked.index.target, asked.name, asked.version, asked.request.reason)
    detail = f"{len(standing.left)} of {len(standing.files)} public files of {asked.version} are not yanked"
    lines = [f"{number}. {step}" for number, step in enumerate(steps, 1)]
    lines.append(withdrawing.afterwards(standing, asked.version))
    sealed = against.sealed(asked.folder)
    part = withdrawing.advice_for_part(len(standing.files), len(sealed.manifest.files)) if sealed is not None else ""
    status = Status.UNKNOWN if asked.request.watch else Status.WARN
    fix = Fix(f"{steps[0]}; then watch for it", _again(asked, watch=True), mends=False)
    return Finding("release.withdrawn", TITLE, status, detail, (*lines, *([part] if part else ())), fix)


def _again(asked: _Asked, *, watch: bool = False) -> tuple[str, ...]:
    watching = ("--watch",) if watch or asked.request.watch else ()
    # An address may hold credentials.
    words = [web.shown(word) if "://" in word else word for word in (asked.request.index or "").split()]
    index = ("--index", " ".join(words)) if words else ()
    return ("pyo3ops", "release", "withdraw", "--version", asked.version, *index, *watching)


def _facts(asked: _Asked, standing: Standing, note: str) -> Iterator[Fact]:
    yield Fact("index", asked.index.shown)
    yield Fact("version", asked.version)
    if asked.request.reason:
        yield Fact("reason", asked.request.reason)
    if not standing.reason:
        yield Fact("next version", withdrawing.next_version(standing, asked.version))
    yield Fact("journal", note)


def _tables(asked: _Asked, standing: Standing) -> Iterator[Table]:
    rows = tuple((file.name, file.size, _when(file.uploaded), _yanked(file.yanked)) for file in standing.files)
    columns = (Column("file"), Column("size", "B"), Column("uploaded"), Column("yanked"))
    yield Table(f"Public files of {asked.version}", columns, rows)
    if standing.left:
        yield Table("What a yank does", (Column("effect"),), tuple((line,) for line in withdrawing.EFFECTS))


def _when(uploaded: str) -> str:
    """To the second, where the index tells it at all."""
    moment = clock.read(uploaded)
    return clock.written(moment) if moment is not None else ""


def _yanked(reason: str | None) -> str:
    return "no" if reason is None else f"yes: {reason}" if reason else "yes"
