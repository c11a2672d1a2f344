"""`pyo3ops wheels diff OLD NEW`: what the users of one set of files lose, gain and are asked for with another."""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterator, Sequence

from pyo3ops.core import discover
from pyo3ops.core.errors import ConfigError, UsageError, reason_of
from pyo3ops.core.files import exists, own_folder
from pyo3ops.core.model import Fact, Finding, Fix, Host, Report, Status
from pyo3ops.tools import index as package_index
from pyo3ops.tools.index import Index, Refusal
from pyo3ops.wheels.diff import content_findings, contents, reach_findings, sides, tables
from pyo3ops.wheels.diff.choice import chosen
from pyo3ops.wheels.diff.compared import Compared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.model import Table
    from pyo3ops.tools.simple_page import IndexFile
    from pyo3ops.wheels.diff.contents import Contents
    from pyo3ops.wheels.diff.coverage import Offered
    from pyo3ops.wheels.diff.sides import Side

#: Below a project's `.pyo3ops`: published files, kept as they prove themselves by their hash.
PUBLISHED = "published"


@dataclass(frozen=True)
class Request:
    """What to compare: folders or files; with `online` a published version as NAME==VERSION or VERSION."""

    env: Mapping[str, str]
    #: The newer one.
    new: str
    #: The older one; without it, with `online`, the newest release before `new`.
    old: str | None = None
    online: bool = False
    #: Import extension modules that nothing describes, which runs their code.
    importing: bool = False
    #: Read every published pair of files, not one for each system.
    every: bool = False
    #: Percent that a wheel may grow.
    growth: float = 10.0
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


def run(root: Path, request: Request) -> Report:
    """Compare two sets of files of one project.

    Where one of them is published, everything can only warn, and so does an index that does not answer. Raises
    `UsageError` for what is neither there nor, with `online`, the name of a version, for two projects, and for a growth
    that is none.
    """
    started = time.monotonic()
    if not 0 <= request.growth < math.inf:
        raise UsageError(
            f"a wheel cannot grow by {request.growth:g} %",
            cause="--growth is a number of percent, 0 or more",
            command="pyo3ops wheels diff --growth 10 OLD NEW",
        )
    session = _Session(root, request)
    found = session.sides()
    facts = _facts(found)
    shown: tuple[Table, ...] = ()
    if isinstance(found, Refusal):
        findings = [_no_index(found)]
    else:
        compared = session.compared(*found)
        findings = [*session.problems, *reach_findings.findings(compared), *content_findings.findings(compared)]
        facts, shown = (*facts, *_read(compared)), tuple(tables.tables(compared))
        if any(side.online for side in found):
            findings = [_warned(each) for each in findings]
    return Report(
        task="wheels diff",
        project=root.name if isinstance(found, Refusal) else found[1].project,
        host=Host.here(),
        facts=facts,
        findings=tuple(findings),
        tables=shown,
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _warned(finding: Finding) -> Finding:
    """What the network told can only warn."""
    return replace(finding, status=Status.WARN) if finding.status in (Status.FAIL, Status.UNKNOWN) else finding


def _no_index(refusal: Refusal) -> Finding:
    if refusal.absent:
        title, fix = "there is a published version to compare with", Fix("name one: NAME==VERSION, or VERSION")
        return Finding("diff.published", title, Status.WARN, refusal.reason, fix=fix)
    fix = Fix("see what is configured", ("python", "-m", "pip", "config", "debug"), safe=True, mends=False)
    return Finding("diff.index", "the package index answers", Status.WARN, refusal.reason, fix=fix)


def _facts(found: tuple[Side, Side] | Refusal) -> tuple[Fact, ...]:
    if isinstance(found, Refusal):
        return ()
    named = (
        Fact(name, f"{side.label}: {len(side.files)} files of {side.origin}")
        for name, side in zip(("old", "new"), found)
    )
    left = (Fact("not compared", f"{', '.join(side.others)} in {side.origin}") for side in found if side.others)
    return (*named, *left)


def _read(compared: Compared) -> Iterator[Fact]:
    read = ", ".join(new.file.tag for _, new in compared.contents)
    count = len(compared.contents)
    yield Fact("read in pairs", f"{count} of {max(count, len(compared.pairs))}: {read or 'none'}")
    unlike = [(old.file, new.file) for old, new in compared.contents if not compared.pairs]
    for old, new in unlike:
        if not (old.is_sdist and new.is_sdist):
            why = "no new file is installed in an old one's place"
            yield Fact("no true pair", f"{why}: {old.tag} and {new.tag} are compared by names and metadata alone")


class _Session:
    """One comparison: what was asked of the index, and what could not be read."""

    def __init__(self, root: Path, request: Request) -> None:
        self._root = root
        self._request = request
        self._index: Index | Refusal | None = None
        self._published: dict[str, tuple[IndexFile, ...]] = {}
        self.problems: list[Finding] = []

    def sides(self) -> tuple[Side, Side] | Refusal:
        """The older and the newer set; the newer one is found first, as the older may be named after it."""
        new = self._side(self._request.new, None)
        if isinstance(new, Refusal):
            return new
        old = self._side(self._request.old, new)
        if isinstance(old, Refusal):
            return old
        if old.project != new.project:
            raise UsageError(
                f"{old.project} and {new.project} are two projects",
                cause="a set is compared with an older one of the same project",
                command="pyo3ops wheels diff OLD NEW",
            )
        return old, new

    def _side(self, named: str | None, other: Side | None) -> Side | Refusal:
        if named is not None and exists(Path(named)):
            return sides.local(Path(named))
        name, _, version = (named or "").rpartition("==")
        if not self._request.online:
            raise UsageError(
                f"there is no {named}" if named else "there is nothing to compare with",
                cause="OLD and NEW are folders or files; a published version is asked for with --online",
                command="pyo3ops wheels diff --online NAME==VERSION dist",
            )
        if not re.fullmatch(r"(?:(?:[\w.-]+==)?v?\d[\w.!+-]*)?", named or ""):
            raise UsageError(
                f"{named!r} is neither there nor a version", cause="a version is NAME==VERSION, or VERSION"
            )
        # The newer one is looked up first; the older one may name the project of both.
        name = name or (self._request.old or "").rpartition("==")[0]
        project = name or (other.project if other else self._own_name())
        below = other.version if other and not version else None
        return self._of_index(project, version or None, below)

    def _own_name(self) -> str:
        name = discover.read_project(self._root, self._request.env).name
        if name is None:
            raise ConfigError(
                f"{self._root} has no name to look for",
                cause="pyproject.toml has no project.name",
                command="pyo3ops wheels diff --online NAME==VERSION dist",
            )
        return name

    def _of_index(self, project: str, version: str | None, below: str | None) -> Side | Refusal:
        if self._index is None:
            self._index = package_index.configured(self._request.env)
        if isinstance(self._index, Refusal):
            return self._index
        project = re.sub(r"[-_.]+", "-", project).lower()
        if project not in self._published:
            self._request.progress(f"asking {self._index.shown} for {project}")
            files = package_index.files_of(project, self._index, self._request.env)
            if isinstance(files, Refusal):
                return files
            self._published[project] = files
        side = sides.published(project, version, self._published[project], below=below)
        return Refusal(side, absent=True) if isinstance(side, str) else side

    def compared(self, old: Side, new: Side) -> Compared:
        """The two sides with the contents of their files, as far as they are to be read."""
        cache: dict[str, Contents | None] = {}
        # What files say of themselves is known for those of an index already.
        old, new = (side if side.online else self._told(side, cache) for side in (old, new))
        draft = Compared(old, new, (), self._request.growth)
        wanted = draft.pairs or tuple(zip(old.files[:1], new.files[:1]))
        if (old.online or new.online) and not self._request.every:
            wanted = chosen(wanted)
        read = [(self._contents(one, old, cache), self._contents(other, new, cache)) for one, other in wanted]
        return replace(draft, contents=tuple((one, other) for one, other in read if one and other))

    def _told(self, side: Side, cache: dict[str, Contents | None]) -> Side:
        read = [self._contents(file, side, cache) for file in side.files]
        # Whom it is for, a file says in its name already; it is a damaged one, and not a lost one.
        declared = next((each.requires_python for each in read if each is not None), "")
        files = (
            replace(file, requires_python=declared) if each is None else each.file
            for file, each in zip(side.files, read)
        )
        return replace(side, files=tuple(files))

    def _contents(self, file: Offered, side: Side, cache: dict[str, Contents | None]) -> Contents | None:
        key, env = f"{side.origin}/{file.name}", self._request.env
        if key not in cache:
            self._request.progress(f"reading {file.name}")
            here = self._here(file, side.project)
            found = here if isinstance(here, str) else contents.read(here, env, importing=self._request.importing)
            if isinstance(found, str):
                fix = Fix("look at it by itself", ("pyo3ops", "wheels", "inspect", file.name), safe=True, mends=False)
                self.problems.append(Finding("diff.readable", f"{file.name} can be read", Status.FAIL, found, fix=fix))
            cache[key] = None if isinstance(found, str) else found
        return cache[key]

    def _here(self, file: Offered, project: str) -> Offered | str:
        """The file, fetched where it is published; in words why that failed."""
        if file.path is not None:
            return file
        entry = next((each for each in self._published.get(project, ()) if each.name == file.name), None)
        if entry is None or not isinstance(self._index, Index):
            raise AssertionError("a file without a path came from the index")
        try:
            folder = own_folder(self._root) / PUBLISHED
            folder.mkdir(exist_ok=True)
            got = package_index.download(entry, folder, self._index, self._request.env)
        except OSError as error:
            return f"cannot be kept: {reason_of(error, self._root)}"
        return got.reason if isinstance(got, Refusal) else replace(file, path=got)


def arguments(paths: Sequence[str]) -> tuple[str | None, str]:
    """OLD and NEW of a command line: with one word that is NEW. Raises `UsageError` for more than two."""
    if len(paths) not in (1, 2):
        raise UsageError("wheels diff takes OLD and NEW", command="pyo3ops wheels diff OLD NEW")
    return (None, paths[0]) if len(paths) == 1 else (paths[0], paths[1])
