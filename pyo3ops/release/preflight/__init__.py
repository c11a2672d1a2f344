"""What is looked at before anything is built, and before anything is public: each refusal that can be foreseen."""

from __future__ import annotations

import time
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

from pyo3ops.core.errors import Interrupted
from pyo3ops.core.model import Finding, Status
from pyo3ops.core.selection import Selection
from pyo3ops.release.preflight.table import CHECKS, Check, rows
from pyo3ops.wheels.inspection.verdict import Said, skip, worst

if TYPE_CHECKING:
    from pyo3ops.release.world import World

__all__ = ["preflight", "rows"]


def preflight(world: World, stage: int) -> tuple[Finding, ...]:
    """The findings of a stage: 1 before anything is built, 2 of the built files, which `look.at_files` has read.

    What `[tool.pyo3ops.release] ignore` names becomes a skip with its reason; raises `ConfigError` where it names no
    check.
    """
    chosen = Selection(ignore=world.project.config.release.ignore)
    chosen.verify_keys([row.id for row in rows()], "tool.pyo3ops.release", "pyo3ops release --dry-run --verbose")
    return chosen.apply(_finding(check, world) for check in CHECKS if check.stage == stage)


def _finding(check: Check, world: World) -> Finding:
    started = time.monotonic()
    said = _rehearsed(check, world) if world.asked.rehearse else _said(check, world)
    return Finding(
        id=check.id,
        title=check.title,
        status=said.status,
        detail=said.detail,
        evidence=said.evidence,
        fix=said.fix,
        seconds=time.monotonic() - started,
    )


def _rehearsed(check: Check, world: World) -> Said:
    if check.rehearsal:
        return skip(check.rehearsal)
    said = _said(check, world)
    if check.lenient and said.status is Status.FAIL:
        return replace(said, status=Status.WARN, detail=f"{said.detail}; a rehearsal goes on without that")
    return said


def _said(check: Check, world: World) -> Said:
    try:
        return worst(tuple(check.rule(world)))
    except Interrupted:
        raise
    except Exception as error:  # noqa: BLE001 - the crash of one check is a finding, not the end
        lines = "".join(traceback.format_exception(type(error), error, error.__traceback__)).splitlines()
        return Said(Status.CRASH, f"{type(error).__name__}: {error}", tuple(lines))
