"""Whether the change log has what users decide by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Fix
from pyo3ops.wheels.inspection.verdict import fail, ok, skip, warn

if TYPE_CHECKING:
    from pyo3ops.release.world import World
    from pyo3ops.wheels.inspection.verdict import Said


def entry(world: World) -> Iterator[Said]:
    """Users decide by the change log whether to update; what is missing there is found out by accident."""
    log = world.log
    if log.error:
        yield fail(log.error, Fix("correct [tool.pyo3ops.release] changelog"))
    elif not log.path:
        yield warn("there is no change log", Fix("start one: CHANGELOG.md with a section ## Unreleased"))
    elif log.entry is None:
        summary = f"say what is new below a heading for {world.version}, or below Unreleased"
        yield fail(f"{log.path} has no section for {world.version}", Fix(summary, ("pyo3ops", "release", "changelog")))
    elif not log.entry.strip():
        yield fail(f"{log.path}: the section for {log.heading} is empty", Fix("say what is new"))
    else:
        cut = ": the release heads it with its version" if log.pending else ""
        yield ok(f"{log.path}: {log.heading}{cut}")


def date(world: World) -> Iterator[Said]:
    """The date of a section is what people search by, and what reproducible builds carry."""
    log = world.log
    if not log.path or log.entry is None or log.pending:
        yield skip("no section for this version has a date")
    elif not log.date:
        yield ok("the section has no date")
    elif log.ahead is None:
        yield warn(f"{log.date} is no date", Fix("write it like 2026-01-31"))
    elif log.ahead > 1:
        yield warn(f"{log.date} is {log.ahead} days from now", Fix("write the day of the release"))
    else:
        yield ok(log.date)
