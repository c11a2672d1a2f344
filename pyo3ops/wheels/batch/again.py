"""The proof that wheels are reproducible: each one is built once more, elsewhere and from nothing, and compared."""

from __future__ import annotations

import contextlib
import shutil
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.errors import UsageError, reason_of
from pyo3ops.wheels.batch.journal import digest
from pyo3ops.wheels.batch.member import prepare
from pyo3ops.wheels.batch.work import Job, compiled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyo3ops.wheels.batch.member import Member, Setting
    from pyo3ops.wheels.batch.work import Outcome


@dataclass(frozen=True)
class Repeated:
    """One wheel beside its second making: the files in it that differ, or why there is no second one."""

    job: Job
    differing: tuple[str, ...] = ()
    error: str | None = None

    @property
    def same(self) -> bool:
        """True where both are the same, byte for byte."""
        return self.error is None and not self.differing


def repeat(outcomes: Sequence[Outcome], folder: Path, setting: Setting, compilers: int) -> list[Repeated]:
    """Make the wheels that are in `folder` once more from the same sdists; what that writes is removed again."""
    # Deeper than the first, and named otherwise: a path in the bytes would have another length, too.
    elsewhere = replace(setting, work=setting.work / "again" / "from nothing")
    members: dict[str, Member] = {}
    found = []
    try:
        with contextlib.ExitStack() as scratch:
            for outcome in outcomes:
                if outcome.entry is not None:
                    member = _anew(outcome.job.member, members, elsewhere, scratch)
                    again = Job(member, outcome.job.buildable)
                    repeated = _made_again(again, folder / outcome.entry.name, elsewhere, compilers)
                    found.append(replace(repeated, job=outcome.job))
    finally:
        shutil.rmtree(str(elsewhere.work.parent), ignore_errors=True)
    return found


def _anew(member: Member, members: dict[str, Member], setting: Setting, scratch: contextlib.ExitStack) -> Member:
    """A member made ready once more, without sccache, which would answer with what the first build made."""
    if member.name not in members:
        toolchain = replace(member.toolchain, sccache="")
        members[member.name] = prepare(
            member.project, toolchain, setting, scratch, given=member.sdist, epoch=member.epoch
        )
    return members[member.name]


def _made_again(job: Job, first: Path, setting: Setting, compilers: int) -> Repeated:
    if job.member.source is None:
        return Repeated(job, error=job.member.error or "it cannot be prepared again")
    setting.progress(f"{job.what}: building once more")
    try:
        built = compiled(job, setting, compilers)
        if built.wheel is None:
            return Repeated(job, error=built.error)
        if digest(built.wheel) == digest(first):
            return Repeated(job)
        return Repeated(job, tuple(differing(first, built.wheel)) or ("the archive around its files",))
    except OSError as error:
        return Repeated(job, error=reason_of(error, setting.work))
    except UsageError as error:
        return Repeated(job, error=error.message)


def differing(one: Path, other: Path) -> Iterator[str]:
    """The names of the files that two wheels do not have alike."""
    with zipfile.ZipFile(one) as first, zipfile.ZipFile(other) as second:
        names = set(first.namelist()), set(second.namelist())
        for name in sorted(names[0] | names[1]):
            if name not in names[0] & names[1] or first.read(name) != second.read(name):
                yield name
