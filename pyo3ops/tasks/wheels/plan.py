"""`pyo3ops wheels plan`: the files that a release consists of, and why, before anything is built."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.core.model import Column, Fact, Finding, Fix, Host, Report, Status, Table
from pyo3ops.wheels.adjusted import pythons_of
from pyo3ops.wheels.compared import compare
from pyo3ops.wheels.members import members
from pyo3ops.wheels.planned import planned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyo3ops.wheels.compared import Compared
    from pyo3ops.wheels.planned import PlannedSet


@dataclass(frozen=True)
class Request:
    """Whose files to plan; `against` is a folder of files to hold beside the plan."""

    env: Mapping[str, str]
    names: tuple[str, ...] = ()
    against: Path | None = None
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


def run(root: Path, request: Request) -> Report:
    """Derive the planned set of each member, and compare it with the files of a folder where one is given.

    Raises `ConfigError` where a set cannot be derived, `UsageError` for a folder that cannot be read.
    """
    started = time.monotonic()
    sets = {project.root.name: planned(project) for project in members(root, request.env, request.names)}
    findings = list(_against(sets, _names(request.against))) if request.against else []
    return Report(
        task="wheels plan",
        project=root.name if len(sets) > 1 else next(iter(sets.values())).name,
        host=Host.here(),
        facts=tuple(fact for each in sets.values() for fact in _facts(each)),
        findings=tuple(findings),
        tables=tuple(table for each in sets.values() for table in _tables(each)),
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _names(folder: Path) -> tuple[str, ...]:
    try:
        # An empty file is what an interrupted copy leaves.
        names = sorted(path.name for path in folder.iterdir() if path.is_file() and path.stat().st_size)
    except OSError as error:
        raise UsageError(
            f"cannot read {reason_of(error, folder)}",
            cause="--against takes the folder that the wheels were put in",
            command="pyo3ops wheels build",
        ) from None
    return tuple(name for name in names if name.endswith((".whl", ".tar.gz")))


def _against(sets: Mapping[str, PlannedSet], files: Sequence[str]) -> Iterator[Finding]:
    """Each member's files, and those of no member; a project that is alone answers for every file."""
    alone = len(sets) == 1
    of = {member: [name for name in files if alone or _named(name) == each.name] for member, each in sets.items()}
    for member, each in sets.items():
        yield from _findings(member, compare(each, of[member]))
    for name in sorted(set(files) - {name for names in of.values() for name in names}):
        fix = Fix("take it away, or plan it in [tool.pyo3ops.wheels]")
        yield Finding("wheels.set.others", f"{name} is planned", Status.FAIL, "it is of no crate here", fix=fix)


def _named(file: str) -> str:
    """The distribution that a file is of, as names of files have it."""
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - costs what start-up cannot pay

    name = file[: -len(".tar.gz")].rpartition("-")[0] if file.endswith(".tar.gz") else file.partition("-")[0]
    return canonicalize_name(name).replace("-", "_")


def _facts(wanted: PlannedSet) -> Iterator[Fact]:
    yield Fact("release", f"{wanted.name} {wanted.version}: {wanted.count} files")
    yield Fact("Pythons", f"from {wanted.pythons_from}")
    yield Fact("targets", f"from {wanted.targets_from}")
    for system, floor in wanted.floors:
        yield Fact(f"{system.value}, from", ".".join(map(str, floor)))


def _tables(wanted: PlannedSet) -> Iterator[Table]:
    columns = (Column("wheel"), Column("target"), Column("Pythons"), Column("why"))
    rows = [
        (
            each.tag,
            str(each)[len(each.tag) :].strip(),
            pythons_of(each.interpreters),
            each.interpreters.reason,
        )
        for each in wanted.wheels
    ]
    if wanted.sdist:
        rows.insert(0, ("sdist", "any", "", "who has no wheel builds from it, and the wheels are built from it too"))
    note = f"Pythons from {wanted.pythons_from}, targets: {wanted.targets_from}."
    yield Table(f"{wanted.name} {wanted.version}: {wanted.count} files", columns, tuple(rows), note)
    if wanted.left:
        left = tuple((str(each.wheel), each.reason) for each in wanted.left)
        yield Table(f"{wanted.name}: left out", (Column("wheel"), Column("reason")), left)


def _findings(member: str, compared: Compared) -> Iterator[Finding]:
    identity, title = f"wheels.set.{member}", f"the files of {member} are the planned ones"
    if compared.complete:
        yield Finding(
            identity, title, Status.OK, f"{len(compared.there)} wheels" + " and the sdist" * bool(compared.sdist)
        )
        return
    missing = [str(wheel) for wheel in compared.missing] + ["the sdist"] * compared.sdist_missing
    if missing:
        fix = Fix("build them, here or where CI does", ("pyo3ops", "wheels", "build"), safe=True)
        detail = (
            f"{len(missing)} of {len(missing) + len(compared.there) + bool(compared.sdist)} are missing: {missing[0]}"
        )
        yield Finding(identity, title, Status.FAIL, detail, tuple(missing), fix)
    for name, why in compared.others:
        fix = Fix("take it away, or plan it in [tool.pyo3ops.wheels]")
        yield Finding(f"{identity}.others", f"{name} is planned", Status.FAIL, why, fix=fix)
