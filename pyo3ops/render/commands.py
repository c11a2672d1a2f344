"""The commands of a plan, a line each, for a shell to read: what `validate --fix --dry-run` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.render.clean import line

if TYPE_CHECKING:
    from pyo3ops.core.model import Report, Table


def render(report: Report) -> str:
    """Each command as it is typed, and as a comment what a person has to do."""
    plan = next((table for table in report.tables if table.title == "Fixes"), None)
    lines = _lines(plan) if plan else []
    return "".join(f"{line(text)}\n" for text in lines or ["# nothing to fix"])


def _lines(plan: Table) -> list[str]:
    lines = []
    for summary, command, findings, result in plan.rows:
        if result == "for you":
            lines.append(f"# for you ({findings}): {summary}" + (f": {command}" if command else ""))
        else:
            lines += [f"# {summary} ({findings})", str(command)]
    return [f"# {plan.note}", *lines] if lines else []
