"""One wheel or sdist, read once and held against every check of its kind."""

from __future__ import annotations

import tempfile
import time
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.errors import Interrupted, UsageError, reason_of
from pyo3ops.core.model import Fact, Finding, Location, Status
from pyo3ops.wheels import archive
from pyo3ops.wheels.archive import Archive, Kind
from pyo3ops.wheels.inspection import abi3, sizes
from pyo3ops.wheels.inspection.reading import Asked, Wheel, read_sdist, read_wheel
from pyo3ops.wheels.inspection.table import CHECKS, Check
from pyo3ops.wheels.inspection.verdict import Said, bounded, not_read, skip, worst

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.model import Table
    from pyo3ops.core.project import Project
    from pyo3ops.wheels.inspection.reading import Sdist


#: The check that all the others need.
ARCHIVE = "wheels.archive"


@dataclass(frozen=True)
class Inspected:
    """What was found in one file."""

    findings: tuple[Finding, ...]
    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()


def inspect_file(
    path: Path,
    env: Mapping[str, str],
    *,
    project: Project | None = None,
    settings: Mapping[str, object] | None = None,
    deep: bool = False,
    online: bool = False,
) -> tuple[Finding, ...]:
    """The findings of a wheel or an sdist, by its name; `inspect` without its tables."""
    return inspect(path, env, project=project, settings=settings, deep=deep, online=online).findings


def inspect(
    path: Path,
    env: Mapping[str, str],
    *,
    project: Project | None = None,
    settings: Mapping[str, object] | None = None,
    deep: bool = False,
    online: bool = False,
    root: Path | None = None,
) -> Inspected:
    """Read a wheel or an sdist and run every check of its kind.

    `project` and `settings` (its pyproject.toml) are for a file of a project that is here; `deep` builds an sdist,
    `online` lets tools and crates be fetched, and below `root` the file is named from there. Raises `UsageError` for a
    file that is not there or is neither by its name.
    """
    kind, shown = _kind(path), shown_from(root, path)
    asked = Asked(env, Path(), project, settings or {}, deep=deep, online=online)
    try:
        scratch = tempfile.TemporaryDirectory(prefix="pyo3ops-inspect-")
    except OSError as error:
        reason = f"not readable: no temporary folder: {reason_of(error, tempfile.tempdir)}"
        return _judged(Archive(path, kind, error=reason, hindered=True, shown=shown), asked)
    with scratch as name:
        unpacked = archive.unpack(path, Path(name) / "files")
        return _judged(replace(unpacked, shown=shown), replace(asked, scratch=Path(name)))


def shown_from(root: Path | None, path: Path) -> str:
    """How a file is named to a user: from the root where it is below that, else by its whole path."""
    try:
        return (path.relative_to(root) if root is not None else path).as_posix()
    except ValueError:
        return path.as_posix()


def _judged(unpacked: Archive, asked: Asked) -> Inspected:
    file = read_wheel(unpacked) if unpacked.kind is Kind.WHEEL else read_sdist(unpacked)
    findings = tuple(_finding(check, file, asked) for check in CHECKS if check.kind is unpacked.kind)
    if isinstance(file, Wheel):
        return Inspected(findings, tuple(_facts(file)), tuple(sizes.tables(file)))
    return Inspected(findings)


def _kind(path: Path) -> Kind:
    kind = archive.kind_of(path)
    if kind is None:
        raise UsageError(
            f"{path} is no wheel and no sdist", cause="their names end with .whl, .tar.gz or .zip", command="ls dist"
        )
    try:
        there = path.is_file()
    except OSError as error:
        raise UsageError(f"cannot read {reason_of(error, path)}") from None
    if not there:
        raise UsageError(f"there is no file {path}", command="ls dist")
    return kind


def _finding(check: Check, file: Wheel | Sdist, asked: Asked) -> Finding:
    started = time.monotonic()
    whole = not file.archive.error or check.id == ARCHIVE
    word = (Status.UNKNOWN if file.archive.hindered else Status.FAIL).look.word
    said = _said(check, file, asked) if whole else skip(f"needs {ARCHIVE}, which says {word}")
    return Finding(
        id=check.id,
        title=check.title,
        status=said.status,
        detail=said.detail,
        evidence=said.evidence,
        fix=said.fix,
        where=Location(file.archive.place),
        seconds=time.monotonic() - started,
        link=check.link,
    )


def _said(check: Check, file: Wheel | Sdist, asked: Asked) -> Said:
    try:
        return worst([*_unread(check, file), *check.rule(file, asked)])
    except Interrupted:
        raise
    except Exception as error:  # noqa: BLE001 - the crash of one check is a finding, not the end
        lines = "".join(traceback.format_exception(type(error), error, error.__traceback__)).splitlines()
        return Said(Status.CRASH, f"{type(error).__name__}: {error}", tuple(lines))


def _unread(check: Check, file: Wheel | Sdist) -> Iterator[Said]:
    """Where a check judges files that could not be read, that comes before all that is well with the others."""
    binaries = file.binaries if isinstance(file, Wheel) else ()
    names = [each.name for each in binaries if each.format in check.reads and not each.parts]
    if names:
        yield not_read(names)


def _facts(wheel: Wheel) -> Iterator[Fact]:
    """Tags, build IDs, what is linked, and the Python that the used symbols ask for."""
    file = wheel.archive.place
    yield Fact(f"{file}: tags", ", ".join(sorted(map(str, wheel.name.tags))) or wheel.name.error)
    for binary in wheel.binaries:
        if not binary.parts:
            yield Fact(f"{binary.name}: not read", binary.error)
            continue
        identities = ", ".join(part.identity for part in binary.parts if part.identity)
        needed = dict.fromkeys(name for part in binary.parts for name in part.needed)
        yield Fact(f"{binary.name}: build ID", identities or "none")
        yield Fact(f"{binary.name}: links", ", ".join(bounded(list(needed))) or "nothing")
        if binary.is_module:
            used = abi3.uses(binary)
            words = f"stable ABI of Python 3.{used.minimum}"
            beyond = f"{len(used.outside)} beyond the stable ABI, such as {used.outside[0]}" if used.outside else words
            yield Fact(f"{binary.name}: Python symbols", beyond)
