from __future__ import annotations

import re
from typing import TYPE_CHECKING, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyo3ops.core.exits import Exit
from pyo3ops.core.model import Fact, Failure, Finding, Fix, Location, Report, Status, Table
from pyo3ops.render import github, markdown
from pyo3ops.render.clean import clean

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject, SearchStrategy

#: The commands and the properties that are ours.
NAMES = {"error", "warning", "notice"}
PROPERTIES = {"file", "line", "title"}


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """One line as GitHub's runner reads it: name, properties, text."""
    assert line.startswith("::")
    head, separator, data = line[2:].partition("::")
    assert separator
    name, _, rest = head.partition(" ")
    pairs = (each.split("=", 1) for each in rest.split(",") if each)
    return name, {key: unescaped(value, ":,") for key, value in pairs}, unescaped(data, "")


def unescaped(text: str, more: str) -> str:
    for character in ("\r", "\n", *more, "%"):
        text = text.replace(f"%{ord(character):02X}", character)
    return text


def commands(report: Report) -> list[tuple[str, dict[str, str], str]]:
    """The annotations of a report, after what holds of every one."""
    text = github.render(report)
    assert text == "" or text.endswith("\n")
    found = [parsed(line) for line in text.split("\n")[:-1]]
    for name, properties, _ in found:
        assert name in NAMES
        assert set(properties) <= PROPERTIES
    return found


def test_report(report: Report, golden: Callable[[str, str], None]) -> None:
    assert [name for name, _, _ in commands(report)] == ["error"] * 3 + ["warning"] * 2
    golden("report.github.txt", github.render(report))


def test_failure(failure: Report, golden: Callable[[str, str], None]) -> None:
    assert [name for name, _, _ in commands(failure)] == ["error"]
    golden("failure.github.txt", github.render(failure))


def test_what_is_well_says_nothing() -> None:
    findings = (Finding("a.b", "t", Status.OK), Finding("a.c", "t", Status.SKIP))
    assert github.render(Report("validate", findings=findings)) == ""


def test_an_annotation_says_all_of_it() -> None:
    fix = Fix("do", ("a", "b c"), "https://x.example")
    where = Location("a,b:c%.toml", 3)
    finding = Finding("a.b", "t: u", Status.FAIL, "d\nmore", tuple("123456"), fix, where, link="https://y.example")
    assert commands(Report("validate", findings=(finding,))) == [
        (
            "error",
            {"file": "a,b:c%.toml", "line": "3", "title": "fail: t: u (a.b)"},
            "d\nmore\n1\n2\n3\n4\n5\nand 1 more lines\nfix: do\n  a 'b c'\nsee: https://x.example\nsee: https://y.example",
        )
    ]


def test_strict_makes_errors_of_warnings() -> None:
    finding = Finding("a.b", "t", Status.WARN)
    assert [name for name, _, _ in commands(Report("v", findings=(finding,), strict=True))] == ["error"]


def test_what_github_would_drop_is_counted() -> None:
    rows = [Status.WARN] * 11 + [Status.FAIL] * 13 + [Status.CRASH]
    findings = tuple(Finding(f"a.b{number}", "t", status) for number, status in enumerate(rows))
    found = commands(Report("validate", findings=findings, failure=Failure("m", Exit.INTERNAL)))
    assert [name for name, _, _ in found] == ["error"] * 10 + ["warning"] * 10 + ["notice"]
    assert found[0][2] == "m"
    assert "(a.b24)" in found[1][1]["title"]
    assert found[-1][2].startswith("5 more errors and 1 more warning of validate: ")


def test_hostile_text_commands_nothing(hostile: tuple[str, str], report_of: Callable[[str], Report]) -> None:
    ((name, properties, text),) = commands(report_of(hostile[0]))
    assert (name, set(properties)) == ("error", PROPERTIES)
    assert text.startswith(hostile[1])


@pytest.mark.parametrize("text", ["::set-env name=a::b", "\n::error::x", "%0A::error::x", "a::b,c=d", "\r\n::stop::"])
def test_no_command_is_hidden_in_another(text: str) -> None:
    finding = Finding(f"a.{text}", text, Status.FAIL, text, where=Location(text, 1))
    ((_, properties, data),) = commands(Report("v", findings=(finding,)))
    assert data == clean(text)
    assert properties["file"] == clean(text)


def bulky(loud: int, quiet: int) -> Report:
    return Report(
        "validate",
        "crate",
        facts=(Fact("rustc", "1.95"),),
        findings=(
            *(Finding(f"q.b{number}", "t", Status.OK, "y" * 400) for number in range(quiet)),
            *(Finding(f"a.b{number}", "t", Status.WARN, "x" * 1_000) for number in range(loud)),
            Finding("z.worst", "t", Status.FAIL, "the worst"),
        ),
        tables=(Table("T", (), ()),),
    )


def test_a_summary_that_fits_is_the_report(report: Report) -> None:
    assert github.summary(report) == markdown.render(report)


@pytest.mark.parametrize("room", [1_000, 5_000, 100_000, github.SUMMARY])
def test_a_summary_is_cut_by_section_worst_first(room: int) -> None:
    report = bulky(1_500, 1_000)
    text = github.summary(report, room)
    assert len(text.encode()) <= room
    assert text.index("z.worst") < (text + "a.b0").index("a.b0")
    kept = text.count("### ▲ warn")
    assert kept >= room // 1_200 - 1
    cut = f"{1_500 - kept:,} findings, " if kept < 1_500 else ""
    note = f"**Cut to fit GitHub's limit of 1 MiB a step:** {cut}1,000 ok or skipped"
    assert note in text
    # What is whole stays so.
    assert text.count("<details>") == text.count("</details>")
    assert text.endswith("`--report FILE` has all of it.\n")


@pytest.mark.parametrize("room", [-5, 0, 100])
def test_a_summary_without_room_is_empty(room: int) -> None:
    assert github.summary(bulky(3, 3), room) == ""


@settings(deadline=None, max_examples=25)
@given(data=st.data(), room=st.integers(-10, 3_000))
def test_any_report_fits(reports: SearchStrategy[Report], data: DataObject, room: int) -> None:
    report = data.draw(reports)
    commands(report)
    text = github.summary(report, room)
    assert len(text.encode()) <= max(room, 0)
    assert not re.search("[\x00-\x09\x0b-\x1f]", text + github.render(report))
