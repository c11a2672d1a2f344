from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.render import FORMATS, Format, console, format_of, json, markdown, render_as

if TYPE_CHECKING:
    from pyo3ops.core.model import Report

RENDER: dict[str, Callable[[Report], str]] = {
    "report.json": json.render,
    "summary.md": markdown.render,
    "log.txt": console.render,
}


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("report.json", "pyo3ops.render.json"),
        ("some/folder.txt/summary.MD", "pyo3ops.render.markdown"),
        ("/a.json/log.txt", "pyo3ops.render.console"),
    ],
)
def test_the_ending_chooses_the_format(name: str, module: str) -> None:
    assert format_of(name).module == module


@pytest.mark.parametrize(("name", "ending"), [("report.xml", ".xml"), ("report", ""), ("report.", ""), (".md", "")])
def test_an_unknown_ending_names_the_known_ones(name: str, ending: str) -> None:
    with pytest.raises(UsageError) as caught:
        format_of(name)
    assert caught.value.message == f"no format has the ending {ending!r} of {name}"
    assert caught.value.cause == "known endings: .json, .md, .txt"


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.ending)
def test_each_format_renders(row: Format, report: Report) -> None:
    assert importlib.import_module(row.module).render(report).endswith("\n")
    assert row.name
    assert row.meaning


def test_no_ending_stands_twice() -> None:
    assert len({row.ending for row in FORMATS}) == len(FORMATS)


@pytest.mark.parametrize("name", list(RENDER))
def test_render_as(name: str, report: Report) -> None:
    assert render_as(report, name) == RENDER[name](report)
