"""Two sets side by side, and how far apart their versions are."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Iterable

from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.wheels.diff import coverage
from pyo3ops.wheels.inspection.verdict import bounded

if TYPE_CHECKING:
    from pyo3ops.wheels.diff.contents import Contents
    from pyo3ops.wheels.diff.coverage import Offered
    from pyo3ops.wheels.diff.sides import Side

#: From here on the first number of a version is a year.
_CALENDAR = 1900


class Step(Enum):
    """How far one version is from another, as semantic versioning counts."""

    SAME = "the same version"
    PATCH = "a patch release"
    MINOR = "a minor release"
    MAJOR = "a release that may break"
    CALENDAR = "a calendar version, which promises nothing"

    @property
    def may_break(self) -> bool:
        """True where users have to expect that something is gone."""
        return self in (Step.MAJOR, Step.CALENDAR)


@dataclass(frozen=True)
class Compared:
    """Two sets, and those of their files that were read, in pairs; the older first."""

    old: Side
    new: Side
    contents: tuple[tuple[Contents, Contents], ...]
    #: Percent that a wheel may grow.
    growth: float

    @functools.cached_property
    def newest(self) -> int:
        """The newest minor of Python that any file names."""
        return coverage.newest_minor((*self.old.files, *self.new.files))

    @functools.cached_property
    def reaches(self) -> tuple[dict[tuple[str, str], tuple[int, ...]], dict[tuple[str, str], tuple[int, ...]]]:
        """Whom the older and the newer wheels are for."""
        return tuple(coverage.reach(side.wheels, self.newest) for side in (self.old, self.new))  # type: ignore[return-value]

    @functools.cached_property
    def pairs(self) -> tuple[tuple[Offered, Offered], ...]:
        """Each newer wheel with the older one in whose place it is installed."""
        return tuple(coverage.pairs(self.old.wheels, self.new.wheels, self.newest))

    @property
    def alike(self) -> tuple[tuple[Contents, Contents], ...]:
        """The contents of wheels of which the newer one takes the older one's place: no platform tells them apart."""
        return tuple(
            (old, new) for old, new in self.contents if any(coverage.pairs([old.file], [new.file], self.newest))
        )


def step(old: str, new: str) -> Step:
    """How far two versions are apart; below 1.0 a minor release may break as well (semver.org, 4)."""
    from packaging.version import Version  # noqa: PLC0415 - costs what start-up cannot pay

    one, other = Version(old), Version(new)
    if one == other:
        return Step.SAME
    if max(one.major, other.major) >= _CALENDAR:
        return Step.CALENDAR
    if one.major != other.major or (one.major == 0 and one.minor != other.minor):
        return Step.MAJOR
    return Step.MINOR if one.minor != other.minor else Step.PATCH


def said(
    identity: str, title: str, status: Status, detail: str, lines: Iterable[str] = (), *, fix: str = ""
) -> Finding:
    """A finding of this verb, with as many lines as a person reads."""
    return Finding(f"diff.{identity}", title, status, detail, bounded(list(lines)), Fix(fix) if fix else None)
