"""`pyo3ops release bump`: another version in every file that states it, or in none."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.core.discover import read_project
from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Column, Fact, Finding, Fix, Host, Report, Status, Table
from pyo3ops.core.versions import compare
from pyo3ops.release import prepare
from pyo3ops.release.bump import current, plan_bump
from pyo3ops.release.edits import carry_out, put_back
from pyo3ops.release.versions import target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.release.edits import Edit


@dataclass(frozen=True)
class Request:
    """What to raise: a part, as `release.versions.PARTS` has them, or a version in so many words."""

    env: Mapping[str, str]
    part: str | None = None
    version: str | None = None
    commit: bool = False
    dry_run: bool = False
    #: A version that is older than the current one is wanted.
    older: bool = False
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


def run(root: Path, request: Request) -> Report:
    """Plan the edits and write them, all or none; with `commit`, make one commit of them and of nothing else.

    A file with changes of its own is not touched. Raises `UsageError` for a version that cannot be, `ConfigError` where
    a file cannot be read or written.
    """
    started = time.monotonic()
    project = read_project(root, request.env)
    asked = request.part or request.version
    if not asked:
        raise UsageError("what is to be raised?", command="pyo3ops release bump patch")
    before = current(project)
    wanted = target(before, asked)
    edits = plan_bump(project, wanted)
    findings = list(_refusals(root, request, edits, before, wanted))
    refused = any(finding.status is Status.FAIL for finding in findings)
    if not refused and not request.dry_run:
        findings.append(_carried_out(root, request, edits, wanted))
    return Report(
        task="release bump",
        project=project.name,
        host=Host.here(),
        facts=(Fact("version", before if before == wanted else f"{before} -> {wanted}"),),
        findings=tuple(findings),
        tables=tuple(_tables(edits, wanted, done=not refused and not request.dry_run)),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _refusals(root: Path, request: Request, edits: Sequence[Edit], before: str, wanted: str) -> Iterator[Finding]:
    """What has to hold before anything is written."""
    identity, title = "release.bump.forwards", "the version goes forwards"
    if compare(wanted, before) == -1 and not request.older:
        fix = Fix("choose a version that is newer", ("pyo3ops", "release", "bump", "patch"))
        yield Finding(identity, title, Status.FAIL, f"{wanted} is older than {before}", fix=fix)
    else:
        yield Finding(identity, title, Status.OK, f"{before} is followed by {wanted}" if edits else f"it is {before}")
    identity, title = "release.bump.committed", "the files to change are as they were committed"
    files = tuple(dict.fromkeys(edit.file.path for edit in edits))
    dirty = prepare.uncommitted(root, request.env, files)
    if dirty:
        fix = Fix("commit what was changed in them, or put it aside", ("git", "stash", "push", "--", *dirty))
        yield Finding(identity, title, Status.FAIL, f"{dirty[0]} has changes of its own", dirty, fix)
    else:
        yield Finding(identity, title, Status.OK, _several(len(files), "file"))


def _carried_out(root: Path, request: Request, edits: Sequence[Edit], version: str) -> Finding:
    identity, title = "release.bump.written", f"every file says {version}"
    if not edits:
        return Finding(identity, title, Status.OK, "they did before")
    files = carry_out(edits)
    said = _several(len(files), "file")
    if not request.commit:
        return Finding(identity, title, Status.OK, said)
    made = prepare.commit(root, request.env, files, f"Release {version}")
    if isinstance(made, prepare.Committed):
        left = f"; git does not know {', '.join(made.left)}" if made.left else ""
        return Finding(identity, title, Status.OK, f"{said}, commit {made.id[:12]}{left}")
    lost = put_back(edits)
    state = f"{', '.join(lost)} could not be put back" if lost else "the files are as they were"
    fix = Fix("mend what git says, or commit by hand", ("pyo3ops", "release", "bump", version))
    return Finding(identity, title, Status.FAIL, f"no commit: {made}; {state}", fix=fix)


def _tables(edits: Sequence[Edit], version: str, *, done: bool) -> Iterator[Table]:
    columns = (Column("place"), Column("before"), Column("after"))
    rows = tuple((f"{edit.path}:{edit.line}", edit.before.strip(), edit.after.strip()) for edit in edits)
    if rows:
        yield Table(f"{version}: {_several(len(rows), 'line')}", columns, rows, "" if done else "Nothing was written.")


def _several(count: int, what: str) -> str:
    return f"{count} {what}" + "s" * (count != 1)
