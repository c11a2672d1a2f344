from __future__ import annotations

import importlib
from typing import Callable

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Finding, Location, Report, Status
from pyo3ops.core.sharing import Sharing
from pyo3ops.render import FORMATS, Format, console, format_of, html, json, junit, markdown, render, render_as, sarif

RENDER: dict[str, Callable[[Report], str]] = {
    "report.json": json.render,
    "summary.md": markdown.render,
    "log.txt": console.render,
    "page.html": html.render,
    "x.sarif": sarif.render,
    "x.xml": junit.render,
}


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("report.json", "pyo3ops.render.json"),
        ("some/folder.txt/summary.MD", "pyo3ops.render.markdown"),
        ("/a.json/log.txt", "pyo3ops.render.console"),
        ("page.html", "pyo3ops.render.html"),
        ("page.HTM", "pyo3ops.render.html"),
        ("x.sarif", "pyo3ops.render.sarif"),
        ("x.sarif.json", "pyo3ops.render.sarif"),
        (".sarif.json", "pyo3ops.render.sarif"),
        ("sarif.json", "pyo3ops.render.json"),
        ("x.xml", "pyo3ops.render.junit"),
        ("x.junit.xml", "pyo3ops.render.junit"),
    ],
)
def test_the_ending_chooses_the_format(name: str, module: str) -> None:
    assert format_of(name).module == module


@pytest.mark.parametrize(("name", "ending"), [("report.yaml", ".yaml"), ("report", ""), ("report.", ""), (".md", "")])
def test_an_unknown_ending_names_the_known_ones(name: str, ending: str) -> None:
    with pytest.raises(UsageError) as caught:
        format_of(name)
    assert caught.value.message == f"no format has the ending {ending!r} of {name}"
    assert caught.value.cause == "known endings: .json, .md, .html, .sarif, .xml, .txt"


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_each_format_renders(row: Format, report: Report) -> None:
    assert importlib.import_module(row.module).render(report).endswith("\n")
    assert row.name
    assert row.meaning


def test_no_ending_stands_twice() -> None:
    endings = [ending for row in FORMATS for ending in (row.ending, *row.also)]
    assert len(set(endings)) == len(endings)
    assert all(row.ending or row.option for row in FORMATS)


@pytest.mark.parametrize("name", list(RENDER))
def test_render_as(name: str, report: Report) -> None:
    assert render_as(report, name) == RENDER[name](report)


SHARING = Sharing(("/home/ada",), "ada", folder="crates/x", manifest="Cargo.toml")


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_formats_for_other_people_say_nothing_of_whose_machine_it_is(row: Format) -> None:
    finding = Finding("a.b", "t", Status.FAIL, "in /home/ada/x", where=Location("src/lib.rs", 2))
    text = render(Report("validate", findings=(finding, Finding("a.c", "t", Status.FAIL))), row, SHARING)
    assert ("/home/ada" in text) is (row.ending in (".json", ".txt"))
    assert ("~/x" in text) is row.shared
    assert ("crates/x/src/lib.rs" in text) is row.located
    assert ("crates/x/Cargo.toml" in text) is row.anchored
