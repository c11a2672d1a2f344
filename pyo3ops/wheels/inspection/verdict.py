"""What one check says of one file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Iterable

from pyo3ops.core.model import Fix, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Lines of evidence that a finding shows of one kind; a wheel may have a hundred libraries.
MOST_LINES = 12


@dataclass(frozen=True)
class Said:
    """One thing that a check says; of several, the worst one is the finding."""

    status: Status
    detail: str
    evidence: tuple[str, ...] = ()
    fix: Fix | None = None


def ok(detail: str, evidence: Iterable[str] = ()) -> Said:
    """Looked at, and as it should be."""
    return Said(Status.OK, detail, tuple(evidence))


def skip(reason: str) -> Said:
    """The check does not apply."""
    return Said(Status.SKIP, reason)


def not_read(names: Sequence[str]) -> Said:
    """Nothing can be said of compiled files that could not be read; one finding alone says why."""
    more = f" and {len(names) - 1} more" if names[1:] else ""
    return skip(f"{names[0]}{more} was not read: wheels.architecture says why")


def unknown(reason: str, fix: Fix | None = None) -> Said:
    """It could not be determined."""
    return Said(Status.UNKNOWN, reason, fix=fix)


def warn(detail: str, fix: Fix, evidence: Iterable[str] = ()) -> Said:
    """Something to mend, and the file works."""
    return Said(Status.WARN, detail, tuple(evidence), fix)


def fail(detail: str, fix: Fix, evidence: Iterable[str] = ()) -> Said:
    """The file does not keep what it promises, to an installer or to an index."""
    return Said(Status.FAIL, detail, tuple(evidence), fix)


def worst(said: Sequence[Said]) -> Said:
    """One out of several: the worst, the first of them, with what else is wrong as evidence."""
    if not said:
        return ok("")
    first = max(said, key=lambda each: each.status)
    others = [each for each in said if each is not first and not each.status < Status.WARN]
    lines = [*first.evidence]
    for each in others:
        lines += [each.detail, *(f"  {line}" for line in each.evidence)]
    return replace(first, evidence=bounded(lines))


def bounded(lines: Sequence[str], most: int = MOST_LINES) -> tuple[str, ...]:
    """The first lines, and how many more there are."""
    left = len(lines) - most
    return (*lines[:most], f"... and {left} more") if left > 0 else tuple(lines)
