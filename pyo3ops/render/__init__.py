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
    from pyo3ops.core.sharing import Sharing


@dataclass(frozen=True)
class Format:
    """An output format, chosen by the ending of a file's name; `module` is imported when it is used."""

    ending: str
    name: str
    meaning: str
    module: str
    #: Longer endings that mean this format too.
    also: tuple[str, ...] = ()
    #: The option that chooses it, where no ending does.
    option: str = ""
    #: Made for other people's eyes: the home folder and the user's name are left out.
    shared: bool = False
    #: Read beside the whole repository: places are counted from its root.
    located: bool = False
    #: Every finding has to have a place.
    anchored: bool = False


FORMATS = (
    Format(".json", "JSON", "for programs; its JSON Schema ships as render/schema.json", "pyo3ops.render.json"),
    Format(".md", "Markdown", "for step summaries and comments", "pyo3ops.render.markdown", shared=True),
    Format(
        ".html",
        "HTML",
        "one page to send or to keep: no request, no script needed, dark and light",
        "pyo3ops.render.html",
        also=(".htm",),
        shared=True,
    ),
    Format(
        ".sarif",
        "SARIF 2.1.0",
        "for code scanning: what fails, warns or is unknown",
        "pyo3ops.render.sarif",
        also=(".sarif.json",),
        shared=True,
        located=True,
        anchored=True,
    ),
    Format(
        ".xml",
        "JUnit XML",
        "for the test reports of GitLab, Jenkins and others",
        "pyo3ops.render.junit",
        also=(".junit.xml",),
        shared=True,
        located=True,
    ),
    Format(".txt", "plain text", "the console's text, with every finding, in words", "pyo3ops.render.console"),
    Format(
        "",
        "GitHub",
        "annotations on stderr and the step summary; by itself where GITHUB_ACTIONS is true",
        "pyo3ops.render.github",
        option="--github",
        shared=True,
        located=True,
    ),
)


def format_of(name: str) -> Format:
    """The format for a file's name, by the longest ending that fits; `UsageError` where none does."""
    ending = PurePath(name).suffix.lower()
    endings = {each: row for row in FORMATS for each in (row.ending, *row.also) if each}
    found = [each for each in endings if ending and name.lower().endswith(each)]
    if not found:
        known = ", ".join(row.ending for row in FORMATS if row.ending)
        raise UsageError(f"no format has the ending {ending!r} of {name}", cause=f"known endings: {known}")
    return endings[max(found, key=len)]


def render_as(report: Report, name: str, sharing: Sharing | None = None) -> str:
    """The report in the format that a file's name asks for; formats for other people leave out what `sharing` knows."""
    return render(report, format_of(name), sharing)


def render(report: Report, row: Format, sharing: Sharing | None = None) -> str:
    """The report in one format."""
    text: str = importlib.import_module(row.module).render(prepared(report, row, sharing))
    return text


def prepared(report: Report, row: Format, sharing: Sharing | None) -> Report:
    """The report as a format wants it: places from the repository's root, and nothing of whose machine it is."""
    if sharing is None:
        return report
    if row.located:
        report = sharing.located(report, every=row.anchored)
    return sharing.redacted(report) if row.shared else report
