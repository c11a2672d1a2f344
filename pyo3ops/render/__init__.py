"""Reports as text: one file a format, and the table of them.

A format is one file with `render(report) -> str` and one row of `FORMATS`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError

if TYPE_CHECKING:
    from pyo3ops.core.model import Report


@dataclass(frozen=True)
class Format:
    """An output format, chosen by the ending of a file's name; `module` is imported when it is used."""

    ending: str
    name: str
    meaning: str
    module: str


FORMATS = (
    Format(".json", "JSON", "for programs; its JSON Schema ships as render/schema.json", "pyo3ops.render.json"),
    Format(".md", "Markdown", "for step summaries and comments", "pyo3ops.render.markdown"),
    Format(".txt", "plain text", "the console's text, with every finding, in words", "pyo3ops.render.console"),
)


def format_of(name: str) -> Format:
    """The format for a file's name; `UsageError` for an ending that no format has."""
    ending = PurePath(name).suffix.lower()
    found = next((row for row in FORMATS if row.ending == ending), None)
    if found is None:
        known = ", ".join(row.ending for row in FORMATS)
        raise UsageError(f"no format has the ending {ending!r} of {name}", cause=f"known endings: {known}")
    return found


def render_as(report: Report, name: str) -> str:
    """The report in the format that a file's name asks for."""
    text: str = importlib.import_module(format_of(name).module).render(report)
    return text
