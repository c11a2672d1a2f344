"""Start a project from one of the examples: names replaced everywhere, ready to build, test and validate."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core import samples
from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.core.model import Column, Host, Report, Table
from pyo3ops.tools import git

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What building, testing and pyo3ops leave in a project.
GITIGNORE = """\
__pycache__/
*.egg-info/
*.pyd
*.so
.hypothesis/
.mypy_cache/
.nox/
.pyo3ops/
.pytest_cache/
.venv/
dist/
target/
"""


@dataclass(frozen=True)
class Request:
    """`name` of the project, the example that it starts from, and the folder to make (`name` itself without one)."""

    name: str
    env: Mapping[str, str]
    example: str = "hello_world"
    folder: str | None = None


def run(here: Path, request: Request) -> Report:
    """Copy an example under a new name; the folder appears whole or not at all.

    Raises `UsageError` for an unknown example, a name that cannot be one, a folder that has something in it already or
    cannot be made.
    """
    known = samples.samples()
    if request.example not in known:
        raise UsageError(f"there is no example {request.example!r}", cause=f"known: {', '.join(known)}")
    names = samples.names_of(request.name)
    folder = here / (request.folder or request.name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already", cause="nothing that exists is written over")
    try:
        _make(known[request.example], folder, names)
    except OSError as error:
        raise UsageError(f"the project cannot be made: {reason_of(error, folder)}") from None
    repository = git.init(folder, request.env)
    return Report(task="new", project=names.dashed, tables=(_next(folder, here, request, repository=repository),))


def listing() -> Report:
    """The examples that a project can be started from."""
    rows = tuple((name, samples.idea(folder)) for name, folder in samples.samples().items())
    return Report(task="new", tables=(Table("Examples", (Column("example"), Column("idea")), rows),))


def _make(example: Path, folder: Path, names: samples.Names) -> None:
    """Everything into a folder aside first, then one rename; into a folder that is there, one for each entry.

    An empty folder stays the one it is: it may be the caller's own, or a link to elsewhere.
    """
    there = folder.is_dir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder if there else folder.parent))
    try:
        made = aside / "project"
        for relative, data in samples.renamed(example, names):
            (made / relative).parent.mkdir(parents=True, exist_ok=True)
            (made / relative).write_bytes(data)
        ignored = made / ".gitignore"
        if not ignored.exists():
            ignored.write_text(GITIGNORE, encoding="utf-8")
        with (made / "README.md").open("a", encoding="utf-8") as readme:
            origin = f"the example `{example.name}` of pyo3ops {Host.here().pyo3ops}"
            readme.write(f"\nStarted from {origin}; the figures are its own.\n")
        for entry in made.iterdir() if there else ():
            entry.rename(folder / entry.name)
        if not there:
            made.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _next(folder: Path, here: Path, request: Request, *, repository: bool) -> Table:
    shown = folder.relative_to(here) if here in folder.parents else folder
    rows = (
        (f"cd {shlex.quote(str(shown))}", "the project" + (", a git repository" if repository else "")),
        ("pyo3ops validate", "judge whether this machine can build it"),
        ("pyo3ops examples", "build its wheel, install it, run its tests"),
    )
    return Table(f"{request.name}, from {request.example}", (Column("type next"), Column("for")), rows)
