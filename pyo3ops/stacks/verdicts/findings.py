"""Verdicts as findings of a report: definite ones fail, probable ones warn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.stacks.verdicts.model import Cure, Kind, Verdict
from pyo3ops.stacks.verdicts.scene import scene_of

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump

#: The id of what says that nothing is stuck.
OK = "debug.moving"


def id_of(kind: Kind) -> str:
    """The id of a verdict's finding: "debug.gil-lock-inversion"."""
    return f"debug.{kind.value}"


IDS = (*(id_of(kind) for kind in Kind), OK)


def findings(verdicts: Sequence[Verdict], looks: Sequence[Dump] = ()) -> tuple[Finding, ...]:
    """One finding for each verdict; without any, one that says so where two looks or more could have seen one."""
    if verdicts or len(looks) < 2:  # noqa: PLR2004 - two looks
        return tuple(_finding(verdict) for verdict in verdicts)
    return (_moving(looks),)


def _finding(verdict: Verdict) -> Finding:
    return Finding(
        id_of(verdict.kind),
        verdict.title if verdict.definite else f"probably: {verdict.title}",
        Status.FAIL if verdict.definite else Status.WARN,
        verdict.detail,
        verdict.evidence,
        _fix(verdict.cure) if verdict.cure else None,
    )


def _fix(cure: Cure) -> Fix:
    return Fix(f"{cure.summary}: {cure.code}" if cure.code else cure.summary, url=cure.url)


def _moving(looks: Sequence[Dump]) -> Finding:
    scene = scene_of(looks)
    moved = sum(not each.steady for each in scene.threads)
    waiting = sum(each.steady and each.blocked for each in scene.threads)
    detail = (
        f"between the looks {moved} of {len(scene.threads)} threads moved; {waiting} waited at the same place,"
        " in no circle that can be seen"
    )
    return Finding(OK, "no thread is seen to wait for another that waits for it", Status.OK, detail)
