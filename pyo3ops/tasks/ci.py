"""`pyo3ops ci generate`: the workflows that build the planned wheels, and release them, kept in step with the plan."""

from __future__ import annotations

import difflib
import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.core.discover import read_config_of, read_pyproject
from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.core.files import write_whole
from pyo3ops.core.model import Artifact, Column, Fact, Finding, Fix, Host, Location, Report, Status, Table
from pyo3ops.release.workflow import pure_project, release_workflow, releasing
from pyo3ops.wheels.members import members
from pyo3ops.wheels.planned import planned
from pyo3ops.wheels.workflow import Member, entries, unbuilt
from pyo3ops.wheels.workflow_text import MARK, workflow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.core.project import Project

#: The workflows there are: what `only` may name.
WORKFLOWS = ("wheels", "release")
_WHEELS = ".github/workflows/wheels.yml"
_COMMAND = ("pyo3ops", "ci", "generate", "--write")


@dataclass(frozen=True)
class Request:
    """`write` makes the files, `check` fails where they are stale; without either a stale one is shown, no more.

    `only` names workflows; `force` lets one be replaced that somebody else wrote.
    """

    env: Mapping[str, str]
    write: bool = False
    check: bool = False
    only: tuple[str, ...] = ()
    force: bool = False
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class Generated:
    """A workflow as the plan wants it: the id of its finding, its place in the repository, its text."""

    id: str
    file: str
    text: str


def run(root: Path, request: Request) -> Report:
    """Derive the workflows of the project, and write them or hold the files against them.

    Raises `ConfigError` where there is no plan, or no way to build it with maturin, `UsageError` for a workflow that
    is none, and for a file of somebody else's that would be replaced; nothing is written then.
    """
    started = time.monotonic()
    unknown = [name for name in request.only if name not in WORKFLOWS]
    if unknown:
        raise UsageError(f"there is no workflow {unknown[0]!r} to generate", cause=f"known: {', '.join(WORKFLOWS)}")
    pure = pure_project(root, request.env)
    found = _members(root, pure, request)
    lost = tuple(_lost(found))
    findings, artifacts = (lost, ()) if lost else _kept(root, tuple(_generated(root, pure, found, request)), request)
    if not found and not request.only:
        findings = (_no_wheels(), *findings)
    return Report(
        task="ci generate",
        project=found[0].planned.name if len(found) == 1 else root.name,
        host=Host.here(),
        facts=(Fact("files", str(sum(member.planned.count for member in found))),) if found else (),
        findings=findings,
        tables=() if lost or not found else (_table(found),),
        artifacts=artifacts,
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _generated(root: Path, pure: Project | None, found: Sequence[Member], request: Request) -> Iterator[Generated]:
    wanted, pyo3ops = request.only or WORKFLOWS, _pyo3ops(root)
    if "wheels" in wanted and found:
        yield Generated("ci.wheels", _WHEELS, workflow(found, pyo3ops, read_config_of(root).wheels))
    if "release" in wanted:
        for what in releasing(pure, found):
            identity = f"ci.release{'.' if what.key else ''}{what.key}"
            yield Generated(identity, what.file, release_workflow(what, pyo3ops))


def _no_wheels() -> Finding:
    return Finding(
        "ci.wheels",
        f"{_WHEELS} is in step with the plan",
        Status.SKIP,
        "no extension module is built here: the release builds all there is",
    )


def _members(root: Path, pure: Project | None, request: Request) -> tuple[Member, ...]:
    """What wheels are built of; nothing in a project of pure Python, unless wheels are what was asked for."""
    root = root.absolute()
    if pure and "wheels" not in request.only and (request.only or not pure.config.crates):
        return ()
    found = members(root, request.env)
    return tuple(Member(each.root.relative_to(root).as_posix(), each, planned(each)) for each in found)


def _pyo3ops(root: Path) -> str:
    """What the gate installs: this release, or the repository's own where it is that of pyo3ops."""
    own = read_pyproject(root).get("project", {}).get("name") == "pyo3ops"
    return "./repository" if own else f"pyo3ops=={Host.here().pyo3ops}"


def _lost(found: Sequence[Member]) -> Iterator[Finding]:
    for member in found:
        rows = [f"{wheel}: {why}" for wheel, why in unbuilt(member)]
        if rows:
            yield Finding(
                f"ci.unbuilt.{member.planned.name}",
                "every planned wheel is built by a machine",
                Status.FAIL,
                f"{len(rows)} of {len(member.planned.wheels)} are not: {rows[0]}",
                tuple(rows),
                Fix("leave them out with a reason, in [tool.pyo3ops.wheels.without], or take the target away"),
            )


def _kept(
    root: Path, generated: Sequence[Generated], request: Request
) -> tuple[tuple[Finding, ...], tuple[Artifact, ...]]:
    before = {each.file: _read(root / each.file) for each in generated}
    stale = [each for each in generated if before[each.file] != each.text]
    if not request.write:
        return tuple(_judged(each, before[each.file], request) for each in generated), ()
    foreign = next((each for each in stale if _is_foreign(before[each.file])), None)
    if foreign and not request.force:
        raise UsageError(
            f"{foreign.file} was not generated by pyo3ops, and is left alone",
            cause="its first line does not say so: somebody wrote it",
            command="pyo3ops ci generate --write --force",
        )
    for each in stale:
        _write(root / each.file, each.text)
    findings = tuple(
        _in_step(each, "nothing to change" if each not in stale else "rewritten" if before[each.file] else "made")
        for each in generated
    )
    return findings, tuple(
        Artifact(each.file, "workflow", hashlib.sha256(each.text.encode()).hexdigest()) for each in stale
    )


def _is_foreign(text: str | None) -> bool:
    return text is not None and not text.startswith(MARK)


def _in_step(each: Generated, detail: str) -> Finding:
    return Finding(each.id, _title(each), Status.OK, detail, where=Location(each.file))


def _title(each: Generated) -> str:
    return f"{each.file} is in step with the plan"


def _judged(each: Generated, before: str | None, request: Request) -> Finding:
    if before == each.text:
        return _in_step(each, "nothing to change")
    foreign = _is_foreign(before)
    detail = "it is not there" if before is None else "somebody else wrote it" if foreign else "it is stale"
    return Finding(
        each.id,
        _title(each),
        Status.FAIL if request.check else Status.WARN,
        detail,
        tuple(_diff(each.file, before or "", each.text)),
        Fix(
            "replace it, if nothing of it is needed" if foreign else "generate it",
            (*_COMMAND, "--force") if foreign else _COMMAND,
            safe=not foreign,
        ),
        Location(each.file),
    )


#: Why a file or folder may refuse.
_TAKEN = "a file, a folder or a link has its name, or it is not yours to read and write"


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "replace") if path.exists() else None
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}", cause=_TAKEN) from None


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}", cause=_TAKEN) from None


def _diff(name: str, before: str, after: str) -> Iterator[str]:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), name, "as the plan wants it", lineterm="", n=1
    )
    yield from (line.rstrip() for line in lines)


def _short(request: str) -> str:
    """What uv is asked for, without the machine: cpython-3.8-windows-x86_64-none is 3.8."""
    name = request.replace("+freethreaded", "t")
    return name.split("-")[1] if name.startswith("cpython-") else name


def _table(found: Sequence[Member]) -> Table:
    columns = (Column("job"), Column("machine"), Column("artifact"), Column("wheels"), Column("run on"))
    rows = tuple(
        (
            entry.runner.job,
            entry.runner.runner,
            f"dist-{entry.name}",
            " ".join(build.wheel.tag for build in entry.builds),
            ", ".join(dict.fromkeys(_short(python) for build in entry.builds for python in build.tests)) or "nothing",
        )
        for entry in entries(found)
    )
    return Table("Who builds what", columns, rows)
