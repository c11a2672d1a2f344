from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from pyo3ops.core.exits import Exit
from pyo3ops.core.model import LOOKS, Column, Failure, Finding, Fix, Report, Status, Table
from pyo3ops.render import console

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject, SearchStrategy

Golden = Callable[[str, str], None]

SGR = re.compile(r"\x1b\[[\d;]*m")


def controls(text: str) -> set[str]:
    return {each for each in text if unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp")}


def unbroken(text: str) -> list[str]:
    """The lines of a rendered text that may not be broken: commands and links."""
    return [each for each in text.split("\n") if each.startswith((" " * 11, " " * 6 + "see: "))]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_report(width: int, report: Report, golden: Golden) -> None:
    text = console.render(report, width=width)
    golden(f"report-{width}.txt", text)
    assert max(cell_len(each) for each in text.split("\n") if each not in unbroken(text)) <= width


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("brief", {"verbose": False}),
        ("quiet", {"verbose": False, "quiet": True}),
        ("icons", {"verbose": False, "icons": True}),
        ("colour", {"verbose": False, "colour": True}),
        ("colour-icons", {"colour": True, "icons": True}),
    ],
)
def test_look(name: str, look: dict[str, Any], report: Report, golden: Golden) -> None:
    golden(f"report-80-{name}.txt", console.render(report, width=80, **look))


def test_failure(failure: Report, golden: Golden) -> None:
    golden("failure-80.txt", console.render(failure, width=80))
    golden("failure-80-colour.txt", console.render(failure, width=80, colour=True))


def test_quiet_wins_over_verbose(report: Report) -> None:
    quiet = console.render(report, verbose=False, quiet=True)
    assert console.render(report, verbose=True, quiet=True) == quiet


@pytest.mark.parametrize("verbose", [True, False])
def test_colour_changes_nothing_else(report: Report, *, verbose: bool) -> None:
    plain = console.render(report, width=80, verbose=verbose)
    coloured = console.render(report, width=80, verbose=verbose, colour=True)
    # A space at the end of a line stands before the sequence that ends its colour.
    assert [each.rstrip() for each in SGR.sub("", coloured).split("\n")] == plain.split("\n")
    assert controls(SGR.sub("", coloured)) == {"\n"}


def test_a_narrow_terminal_is_laid_out_for_forty_columns(report: Report) -> None:
    assert console.render(report, width=1) == console.render(report, width=console.NARROWEST)


@pytest.mark.parametrize("status", Status)
def test_words_and_icons(status: Status) -> None:
    report = Report("validate", findings=(Finding("rust.msrv", "title", status),))
    look = LOOKS[status]
    assert f"\n  {look.word} title  rust.msrv  0 ms\n" in console.render(report)
    assert f"\n  {look.icon} title  rust.msrv  0 ms\n" in console.render(report, icons=True)


def test_a_report_without_anything_is_its_title() -> None:
    assert console.render(Report("validate", "crate")) == "validate crate\n"
    assert console.render(Report("validate", "crate"), quiet=True) == ""


def test_quiet_leaves_failures_and_the_last_line() -> None:
    findings = (
        Finding("rust.a", "t", Status.OK),
        Finding("rust.b", "t", Status.FAIL),
        Finding("pyo3.c", "t", Status.UNKNOWN),
    )
    expected = "rust  ok 1\n  fail t  rust.b\n\npyo3\n  unknown t  pyo3.c\n\n1 failed, 1 unknown, 1 ok in 0.00 s\n"
    assert console.render(Report("validate", "crate", findings=findings), quiet=True) == expected


def test_each_part_of_a_line_has_a_style_of_its_own() -> None:
    report = Report("validate", findings=(Finding("rust.a", "title", Status.FAIL, fix=Fix("do")),))
    lines = console.render(report, verbose=False, colour=True).split("\n")
    assert lines[3:5] == [
        "  \x1b[31mfail\x1b[0m \x1b[1mtitle\x1b[0m\x1b[2m  rust.a\x1b[0m",
        "      \x1b[1mfix: \x1b[0mdo",
    ]


def test_everything_ok_is_one_line_when_quiet() -> None:
    findings = (
        Finding("rust.a", "t", Status.OK),
        Finding("rust.b", "t", Status.OK),
        Finding("rust.c", "t", Status.WARN),
    )
    assert (
        console.render(Report("validate", findings=findings, seconds=0.5), quiet=True) == "1 warning, 2 ok in 0.50 s\n"
    )


def test_worst_family_and_worst_finding_first_else_as_they_came() -> None:
    statuses = {
        "a.1": Status.OK,
        "b.1": Status.WARN,
        "b.2": Status.FAIL,
        "b.3": Status.WARN,
        "c.1": Status.CRASH,
        "d.1": Status.OK,
    }
    findings = tuple(Finding(identity, "t", status) for identity, status in statuses.items())
    text = console.render(Report("validate", findings=findings))
    assert re.findall(r" ([a-d]\.\d) ", text) == ["c.1", "b.2", "b.1", "b.3", "a.1", "d.1"]


def test_findings_that_are_not_shown_are_counted() -> None:
    statuses = (Status.OK, Status.SKIP, Status.OK, Status.WARN)
    findings = tuple(Finding(f"rust.{number}", "t", status) for number, status in enumerate(statuses))
    expected = "validate\n\nrust  skip 1  ok 2\n  warn t  rust.3\n\n1 warning, 1 skipped, 2 ok in 0.00 s\n"
    assert console.render(Report("validate", findings=findings), verbose=False) == expected


@pytest.mark.parametrize(("lines", "shown", "more"), [(8, 8, []), (9, 8, ["and 1 more lines (--verbose shows them)"])])
def test_evidence_is_cut_unless_everything_is_asked_for(lines: int, shown: int, more: list[str]) -> None:
    evidence = tuple(f"line {number}" for number in range(lines))
    report = Report("validate", findings=(Finding("a.b", "t", Status.FAIL, evidence=evidence),))
    brief = [each.strip() for each in console.render(report, verbose=False).split("\n") if each.startswith(" " * 6)]
    assert brief == [*evidence[:shown], *more]
    full = [each.strip() for each in console.render(report).split("\n") if each.startswith(" " * 6)]
    assert full == list(evidence)


def test_the_evidence_of_a_crash_is_never_cut() -> None:
    evidence = tuple(f"line {number}" for number in range(30))
    report = Report("validate", findings=(Finding("a.b", "t", Status.CRASH, evidence=evidence),))
    text = console.render(report, verbose=False, quiet=True)
    assert [each.strip() for each in text.split("\n") if "line" in each] == list(evidence)


def test_a_command_is_never_broken_and_can_be_pasted() -> None:
    argv = ("pip", "install", "maturin>=1.9,<2", "it's here", *["word"] * 40)
    report = Report("validate", findings=(Finding("a.b", "t", Status.FAIL, fix=Fix("do", argv)),))
    command = f"{' ' * 11}pip install 'maturin>=1.9,<2' 'it'\"'\"'s here'{' word' * 40}"
    assert command in console.render(report, width=40).split("\n")


def test_a_link_is_shown_once() -> None:
    finding = Finding("a.b", "t", Status.FAIL, fix=Fix("do", url="https://a.example"), link="https://a.example")
    assert console.render(Report("validate", findings=(finding,))).count("https://a.example") == 1


def test_a_failure_after_findings_shows_both() -> None:
    findings = (Finding("a.b", "title", Status.OK),)
    report = Report("validate", findings=findings, failure=Failure("cannot write x.md: no space", Exit.FAILED))
    expected = "validate\n\na  ok 1\n\npyo3ops: cannot write x.md: no space\n"
    assert console.render(report, verbose=False) == expected


def test_hostile_text_is_shown_as_text(hostile: tuple[str, str], report_of: Callable[[str], Report]) -> None:
    text = console.render(report_of(hostile[0]), width=80)
    assert controls(text) == {"\n"}
    assert "".join(hostile[1].split()) in "".join(text.split())


@pytest.mark.parametrize("colour", [True, False])
def test_hostile_text_brings_no_colour_or_link_of_its_own(
    hostile: tuple[str, str], report_of: Callable[[str], Report], *, colour: bool
) -> None:
    text = console.render(report_of(hostile[0]), width=80, colour=colour, icons=True)
    assert controls(SGR.sub("", text)) == {"\n"}


@pytest.mark.parametrize("text", ["検証に失敗しました。" * 30, "🦀🐍" * 60, "é" * 200, "a検" * 100])
def test_wide_characters_count_twice(text: str, report_of: Callable[[str], Report]) -> None:
    rendered = console.render(report_of(text), width=60)
    assert max(cell_len(each) for each in rendered.split("\n") if each not in unbroken(rendered)) <= 60


def test_a_megabyte_is_cut_everywhere(report_of: Callable[[str], Report]) -> None:
    report = Report("validate", findings=report_of("x" * 2**20).findings)
    text = console.render(report)
    assert len(text) < 2**20
    assert "1,028,576 characters cut" in text


def test_ten_thousand_findings() -> None:
    findings = tuple(Finding(f"a.b{number}", "t", (Status.OK, Status.FAIL)[number % 2]) for number in range(10_000))
    lines = console.render(Report("validate", findings=findings), verbose=False).split("\n")
    assert lines[:4] == ["validate", "", "a  ok 5000", "  fail t  a.b1"]
    assert lines[-4:] == ["  fail t  a.b9999", "", "5000 failed, 5000 ok in 0.00 s", ""]
    assert len(lines) == 5000 + 6


def test_a_table_of_many_columns_fits() -> None:
    table = Table("t", tuple(Column(f"column {number}", "ns") for number in range(60)), (tuple(range(60)),))
    text = console.render(Report("validate", tables=(table,)), width=80)
    assert max(cell_len(each) for each in text.split("\n")) <= 80


@settings(deadline=None, max_examples=15)
@given(data=st.data(), width=st.integers(40, 130), verbose=st.booleans(), icons=st.booleans())
def test_no_line_of_any_report_is_too_long(
    reports_without_commands: SearchStrategy[Report], data: DataObject, width: int, *, verbose: bool, icons: bool
) -> None:
    report = data.draw(reports_without_commands)
    text = console.render(report, width=width, verbose=verbose, icons=icons)
    assert [each for each in text.split("\n") if cell_len(each) > width] == []


@settings(deadline=None, max_examples=15)
@given(data=st.data(), quiet=st.booleans())
def test_no_control_of_any_report_gets_through(
    reports: SearchStrategy[Report], data: DataObject, *, quiet: bool
) -> None:
    text = console.render(data.draw(reports), quiet=quiet)
    assert controls(text) <= {"\n"}
    assert text.endswith("\n") or not text


def test_names_of_a_table_stay_in_one_piece_where_there_is_room() -> None:
    columns = (Column("example"), *(Column(f"size {letter}", "bytes") for letter in "abcdefg"))
    table = Table("Sizes", columns, (("production_deployment", *[12345] * 7), ("hello_world", *[0] * 7)))
    wide, narrow = (console.render(Report(task="t", tables=(table,)), width=width) for width in (100, 60))
    assert "| production_deployment |" in wide
    assert "hello_world " in wide
    # Nothing is cut off for it.
    assert wide.count("12345 |") == 7
    assert wide.count(" 0 |") == 7
    assert "production_deployment" not in narrow


def looked_up(brief: tuple[int, ...] | None, *, answer: str = "") -> Report:
    table = Table("Registers", (Column("name"), Column("value")), (("rax", "0x0"), ("rip", "0x10")), brief=brief)
    finding = Finding("core.signal", "t", Status.FAIL)
    return Report("debug core", findings=(finding,), tables=(table,), answer=answer)


def test_what_is_looked_up_is_short_and_stands_before_what_is_read() -> None:
    text = console.render(looked_up((1,)), verbose=False)
    expected = "debug core\n\nRegisters  and 1 more (--verbose)\n  rip  0x10\n\ncore\n  fail t  core.signal\n\n1 failed"
    assert text.startswith(expected)
    assert "\n\nRegisters  2 (--verbose)\n\ncore\n" in console.render(looked_up(()), verbose=False)
    assert "\nRegisters\n  rax  0x0\n  rip  0x10\n" in console.render(looked_up((0, 1)), verbose=False)


def test_all_of_it_is_shown_where_everything_is_asked_for_and_nothing_to_the_quiet() -> None:
    text = console.render(looked_up((1,)))
    assert text.index("rax") < text.index("rip") < text.index("core.signal")
    assert "Registers" not in console.render(looked_up((1,)), verbose=False, quiet=True)


def test_a_table_that_the_report_is_about_stays_behind_the_findings() -> None:
    text = console.render(looked_up(None), verbose=False)
    assert text.index("core.signal") < text.index("rax")


def test_the_answer_is_beside_the_last_line() -> None:
    text = console.render(looked_up((1,), answer="it moves\x1b[2J"), verbose=False)
    assert text.endswith("\n\nit moves\n1 failed in 0.00 s\n")
    assert "it moves" not in console.render(looked_up((1,), answer="it moves"), verbose=False, quiet=True)
    assert console.render(Report("t", answer="it moves")) == "t\n\nit moves\n"
