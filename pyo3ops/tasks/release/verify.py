"""`pyo3ops release verify`: what is public, downloaded, held against what was sealed, installed as a user would."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from pyo3ops.core import discover
from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.core.files import home_folder
from pyo3ops.core.model import Fact, Finding, Fix, Host, Report, Status
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.release import against, provenance, trying, verified, versions
from pyo3ops.release.bump import current
from pyo3ops.release.clock import Clock, SystemClock
from pyo3ops.release.credentials import without_credentials
from pyo3ops.release.expected import expected
from pyo3ops.release.live import LiveIndex
from pyo3ops.release.readback import Patience, ReadBack, read_back
from pyo3ops.release.target import target
from pyo3ops.tasks.release.onward import index_of, named
from pyo3ops.tools import gh, git, python
from pyo3ops.tools.index import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyo3ops.core.project import Project
    from pyo3ops.release.against import Against
    from pyo3ops.release.trying import Trial
    from pyo3ops.tools.python import Interpreter


@dataclass(frozen=True)
class Request:
    """Which version to verify, where, and with which Pythons ("3.11", "3.13t"; without any: the one that runs this)."""

    env: Mapping[str, str]
    #: The one that the project's files state, without one.
    version: str | None = None
    #: The configured one, else PyPI, without one.
    index: str | None = None
    pythons: tuple[str, ...] = ()
    #: Files that ought to be public, where they are not the sealed ones.
    folder: Path | None = None
    #: Install it, too.
    install: bool = True
    #: Seconds for the index to show every file.
    patience: float = 60.0
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None
    clock: Clock = field(default_factory=SystemClock)


def run(root: Path, request: Request) -> Report:
    """Read one version back, compare it, install it with each Python, and say what was compared with what.

    Raises `UsageError` for an index, a version, a Python or a folder that is none, and `ConfigError` where the project
    cannot be read.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pyo3ops-verify-") as scratch:
        asked = _asked(root, request, Path(scratch))
        held = _against(asked)
        patience = Patience(seconds=request.patience if held.manifest.files else 0.0)
        read = asked.work / "read"
        back = read_back(held.manifest, asked.index, read, request.clock, request.progress, patience=patience)
        findings = list(_findings(asked, held, back))
        if back.files:
            repository = _repository(root, request.env)
            signed = provenance.attested(back, asked.index, asked.work, request.env, repository=repository)
            findings.append(verified.of_provenance(signed))
        trials = tuple(_trials(asked, held)) if request.install and back.shown else ()
        findings += [verified.of_trial(trial, asked.version) for trial in trials]
    return Report(
        task="release verify",
        project=asked.project.name or root.name,
        host=Host.here(),
        facts=tuple(_facts(asked, held, trials)),
        findings=tuple(named(findings, request.index)),
        tables=(verified.table(back),),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


@dataclass(frozen=True)
class _Asked:
    """A request, looked up: the project as it stands in file names, the version normalised."""

    request: Request
    project: Project
    name: str
    version: str
    index: LiveIndex
    pythons: tuple[tuple[str, Interpreter | None], ...]
    #: Everything that is downloaded and made goes here.
    work: Path


def _asked(root: Path, request: Request, work: Path) -> _Asked:
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - start-up counts

    project = discover.read_project(root, request.env)
    name = canonicalize_name(project.name or root.name).replace("-", "_")
    version = str(versions.read(request.version)) if request.version else current(project)
    begun = index_of(project.root / ".pyo3ops" / "release" / f"{name}-{version}")
    index = LiveIndex(target(request.index or begun, project, request.env), request.env)
    return _Asked(request, project, name, version, index, tuple(_interpreters(request)), work)


def _against(asked: _Asked) -> Against:
    if asked.request.folder is not None:
        return against.of_folder(asked.request.folder, asked.name, asked.version, asked.work / "sealed")
    folder = asked.project.root / ".pyo3ops" / "release" / f"{asked.name}-{asked.version}"
    held = against.sealed(folder)
    if held is not None:
        return held
    listing = asked.index.listing(asked.name)
    return against.of_index(() if isinstance(listing, Refusal) else listing, asked.name, asked.version)


def _findings(asked: _Asked, held: Against, back: ReadBack) -> Iterator[Finding]:
    if held.manifest.files:
        yield from verified.findings(back, asked.version, held.said)
    else:
        yield _nothing(back, asked.version)
    if not held.independent and back.shown:
        yield _expected(asked.project, back, asked.version)


def _nothing(back: ReadBack, version: str) -> Finding:
    title = "the index shows every file"
    if back.reason:
        fix = Fix("ask again when the index answers", ("pyo3ops", "release", "verify"), mends=False)
        return Finding("release.shown", title, Status.UNKNOWN, back.reason, fix=fix)
    fix = Fix("release it", ("pyo3ops", "release", "--version", version))
    return Finding("release.shown", title, Status.FAIL, f"nothing of {version} is public", fix=fix)


def _expected(project: Project, back: ReadBack, version: str) -> Finding:
    """The public names beside the set that the project plans, where nothing was sealed here."""
    title = "the public files are the planned ones"
    try:
        found = expected(project, version).compare([file.name for file in back.shown])
    except (ConfigError, UsageError) as error:
        return Finding("release.planned", title, Status.SKIP, f"no set can be derived: {error.message}")
    lines = (*(f"{each} is missing" for each in found.missing), *(f"{name}: {why}" for name, why in found.others))
    if found.complete:
        return Finding("release.planned", title, Status.OK, f"{len(found.there)} files")
    # The plan is of today's files; the version may be older.
    fix = Fix(
        "see what is planned; where the plan is right, the release is not complete", ("pyo3ops", "wheels", "plan")
    )
    detail = f"{len(found.missing)} planned are missing, {len(found.others)} are not planned"
    return Finding("release.planned", title, Status.WARN, detail, lines, fix)


def _repository(root: Path, env: Mapping[str, str]) -> str:
    """The address of the project's repository on GitHub; empty for any other place."""
    state = git.state(root, env)
    remote = state.remote if state is not None else None
    found = gh.repository_of(remote.url, env) if remote is not None else None
    return f"https://{found}" if found is not None else ""


def _trials(asked: _Asked, held: Against) -> Iterator[Trial]:
    simple, request = asked.index.target.simple, asked.request
    env = without_credentials(request.env)
    wanted = trying.Wanted(
        held.manifest.project.replace("_", "-"),
        held.manifest.version,
        tuple((file.name, file.sha256) for file in held.manifest.files if file.sha256),
        tuple(extension.module for extension in asked.project.extensions),
        asked.project.config.release.smoke,
        asked.project.root,
    )
    for number, (label, interpreter) in enumerate(asked.pythons):
        request.progress(f"installing {wanted.project} {wanted.version} with Python {label}")
        if isinstance(simple, Refusal) or interpreter is None:
            missing = f"there is no Python {label} here"
            yield trying.Trial(label, skipped=simple.reason if isinstance(simple, Refusal) else missing)
        else:
            place = asked.work / f"trial-{number}"
            yield trying.try_out(wanted, simple, interpreter, place, env, read=asked.work / "read")


def _interpreters(request: Request) -> Iterator[tuple[str, Interpreter | None]]:
    if not request.pythons:
        said = python.probe(Path(sys.executable), request.env)
        own = None if isinstance(said, python.DeadInterpreter) else said
        yield str(own.version) if own is not None else sys.executable, own
        return
    try:
        asked = tuple(PythonVersion.parse(each) for text in request.pythons for each in text.split(","))
    except ValueError as error:
        raise UsageError(str(error), cause="--python takes versions such as 3.13") from None
    found = python.find(asked, request.env, home_folder(request.env))
    yield from ((str(version), found.of(version)) for version in asked)


def _facts(asked: _Asked, held: Against, trials: tuple[Trial, ...]) -> Iterator[Fact]:
    yield Fact("index", asked.index.shown)
    yield Fact("version", asked.version)
    yield Fact("compared with", f"{held.said} ({len(held.manifest.files)} files)")
    for trial in trials:
        if trial.file:
            yield Fact(f"installed with {trial.python}", f"{trial.file}, {trial.seconds:.1f} s")
