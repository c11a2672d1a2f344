"""`pyo3ops debug vscode`: launch.json and tasks.json for a session in both languages."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from pyo3ops.core.discover import read_project
from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.core.files import write_whole
from pyo3ops.core.model import Artifact, Column, Fact, Finding, Fix, Host, Location, Report, Status, Table
from pyo3ops.core.project import Backend
from pyo3ops.debug.vscode import entries
from pyo3ops.debug.vscode.edited import Edited, edited

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.core.project import Project

_FOLDER = ".vscode"
_AGAIN = "pyo3ops debug vscode --force"


@dataclass(frozen=True)
class Request:
    """Whether entries of ours that somebody changed are written anew, and whether anything is written at all."""

    env: Mapping[str, str]
    force: bool = False
    dry_run: bool = False
    #: Where debugpy listens.
    port: int = entries.PORT
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class _File:
    name: str
    #: The list in it, and the field that its entries are known by.
    key: str
    field: str
    version: str
    entries: Sequence[Mapping[str, Any]]


def run(root: Path, request: Request) -> Report:
    """Add what is missing to `.vscode/launch.json` and `.vscode/tasks.json`; a second run changes nothing.

    Raises `UsageError` where one of them cannot be read as JSON with comments, or not be written; then neither is.
    """
    started = time.monotonic()
    project = read_project(root, request.env)
    files = _files(project, request.port)
    edits = [(file, _edited(root / _FOLDER / file.name, file, force=request.force)) for file in files]
    written = () if request.dry_run else tuple(filter(None, (_write(root, *each) for each in edits)))
    findings = tuple(_finding(file, edit, dry_run=request.dry_run) for file, edit in edits)
    return Report(
        "debug vscode",
        project.name,
        Host.here(),
        (Fact("extensions", "ms-python.python, ms-python.debugpy, vadimcn.vscode-lldb"), Fact("needs", "debugpy")),
        findings,
        (_table(files, [edit for _, edit in edits], dry_run=request.dry_run),),
        artifacts=written,
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _files(project: Project, port: int) -> tuple[_File, ...]:
    maturin = project.backend is Backend.MATURIN
    build = entries.MATURIN if maturin else ("-m", "pip", "install", "-e", ".")
    return (
        _File("launch.json", "configurations", "name", "0.2.0", entries.launch(port)),
        _File("tasks.json", "tasks", "label", "2.0.0", entries.tasks(build)),
    )


def _edited(path: Path, file: _File, *, force: bool) -> Edited:
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return edited(text, file.key, file.field, file.entries, replace=force, version=file.version)
    except OSError as error:
        raise UsageError(f"cannot read {reason_of(error, path)}", command=f"ls -l {_FOLDER}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{_FOLDER}/{file.name} cannot be added to: {error}",
            cause="it is not JSON as VS Code keeps it; nothing was changed",
            command=f"code {_FOLDER}/{file.name}",
        ) from error


def _write(root: Path, file: _File, edit: Edited) -> Artifact | None:
    if not edit.added and not edit.replaced:
        return None
    path = root / _FOLDER / file.name
    data = edit.text.encode("utf-8")
    try:
        path.parent.mkdir(exist_ok=True)
        write_whole(path, data)
    except OSError as error:
        raise UsageError(f"cannot write {reason_of(error, path)}", command="pyo3ops debug vscode --dry-run") from error
    return Artifact(f"{_FOLDER}/{file.name}", "editor settings", hashlib.sha256(data).hexdigest())


def _table(files: Sequence[_File], edits: Sequence[Edited], *, dry_run: bool) -> Table:
    """What became of every entry, or would."""
    would = "would be " if dry_run else ""
    rows = []
    for file, edit in zip(files, edits):
        words = dict.fromkeys(edit.added, f"{would}added")
        words.update(dict.fromkeys(edit.replaced, f"{would}replaced"))
        words.update(dict.fromkeys(edit.kept, "left alone"))
        names = [str(entry[file.field]) for entry in file.entries]
        rows += [(f"{_FOLDER}/{file.name}", name, words.get(name, "there already")) for name in names]
    return Table("Entries", tuple(map(Column, ("file", "entry", "is"))), tuple(rows))


def _finding(file: _File, edit: Edited, *, dry_run: bool) -> Finding:
    title = f"{file.name} has the sessions of both languages" if file.key == "configurations" else "the build is a task"
    would = "would be " if dry_run else ""
    told = [
        f"{would}{word}: {', '.join(names)}"
        for word, names in (("added", edit.added), ("replaced", edit.replaced))
        if names
    ]
    where = Location(f"{_FOLDER}/{file.name}")
    if edit.kept:
        fix = Fix("if they are not meant to differ, write them anew", tuple(_AGAIN.split()))
        detail = f"changed by somebody, and left alone: {', '.join(edit.kept)}"
        return Finding(f"debug.vscode-{file.key}", title, Status.WARN, detail, tuple(told), fix, where)
    return Finding(f"debug.vscode-{file.key}", title, Status.OK, "; ".join(told) or "all there already", where=where)
