from __future__ import annotations

import re
from typing import TYPE_CHECKING, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pyo3ops.core.exits import Exit
from pyo3ops.core.model import Column, Failure, Finding, Fix, Report, Status, Table
from pyo3ops.render import markdown
from pyo3ops.render.clean import clean

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject, SearchStrategy
    from markdown_it.token import Token

#: The only HTML that a report brings itself.
OWN_HTML = re.compile(r"<details><summary>(?:\d+ ok or skipped|\d+ more stacks?|Versions)</summary>|</details>")
#: What Markdown may make of a report; links, images and line breaks out of text from outside are not among it.
OWN_TOKENS = frozenset(
    {"text", "softbreak", "code_inline", "strong_open", "strong_close", "text_special", "fence", "html_block", "inline"}
    | {
        f"{name}_{end}"
        for name in ("heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td")
        for end in ("open", "close")
    }
)


def tokens(text: str) -> list[Token]:
    """What a Markdown parser reads in a text: with HTML, tables and strike-through, as GitHub's does."""
    found = []
    for token in MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text):
        found += [token, *(token.children or ())]
    return found


def foreign(text: str) -> list[tuple[str, str]]:
    """What text from outside brought about: HTML, and anything else that is not in our own layout."""
    return [
        (token.type, token.content)
        for token in tokens(text)
        if token.type not in OWN_TOKENS
        or (token.type == "html_block" and not OWN_HTML.fullmatch(token.content.strip()))
    ]


def shown(text: str) -> str:
    """The text and the code that a reader sees, without white space."""
    leaves = ("text", "code_inline", "fence", "text_special")
    return "".join("".join(token.content for token in tokens(text) if token.type in leaves).split())


def test_report(report: Report, golden: Callable[[str, str], None]) -> None:
    text = markdown.render(report)
    assert foreign(text) == []
    golden("report.md", text)


def test_failure(failure: Report, golden: Callable[[str, str], None]) -> None:
    text = markdown.render(failure)
    assert foreign(text) == []
    golden("failure.md", text)


def test_everything_ok_is_folded() -> None:
    findings = (Finding("rust.a", "t", Status.OK, "1.95 | x"), Finding("rust.b", "t", Status.SKIP, "none"))
    assert markdown.render(Report("validate", "crate", findings=findings, seconds=0.5)) == (
        "## validate: crate\n\n"
        "○ **1 skip, 1 ok** in 0.50 s\n\n"
        "<details><summary>2 ok or skipped</summary>\n\n"
        "| | check | what it says |\n"
        "|---|---|---|\n"
        "| ○ skip | `rust.b` | none |\n"
        "| ✔ ok | `rust.a` | 1.95 \\| x |\n\n"
        "</details>\n"
    )


def test_hostile_text_stays_text(hostile: tuple[str, str], report_of: Callable[[str], Report]) -> None:
    text = markdown.render(report_of(hostile[0]))
    assert foreign(text) == []
    assert "".join(hostile[1].split()) in shown(text).replace("\u200b", "")


def test_hostile_text_breaks_no_table(hostile: tuple[str, str], report_of: Callable[[str], Report]) -> None:
    found = [token.type for token in tokens(markdown.render(report_of(hostile[0])))]
    # The folded findings: a head of three and a row of three; the table: a head of two and two rows of two.
    assert (found.count("th_open"), found.count("td_open"), found.count("tr_open")) == (3 + 2, 3 + 4, 2 + 3)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain text, 1.83", "plain text, 1.83"),
        ("<script>", "&lt;script&gt;"),
        ("a & b", "a &amp; b"),
        ("&lt;", "&amp;lt;"),
        ("*a* _b_ `c` ~d~", "\\*a\\* \\_b\\_ \\`c\\` \\~d\\~"),
        ("[a](b) ![c]{d}", "\\[a\\]\\(b\\) \\!\\[c\\]\\{d\\}"),
        ("a|b\\|c", "a\\|b\\\\\\|c"),
        ("$x$ - + :smile:", "\\$x\\$ \\- \\+ \\:smile\\:"),
        # GitHub looks for mentions and references once Markdown is done: only a character in between stops it.
        ("@octocat", "@&#8203;octocat"),
        ("octo/cat#12", "octo/cat\\#&#8203;12"),
        ("GH-12", "GH\\-&#8203;12"),
        ("# head", "\\# head"),
        ("  1. item", "1\\. item"),
        ("1) item 2. x", "1\\) item 2. x"),
        ("\t- item", "\\- item"),
        # www. alone makes a link where autolinks are on.
        ("www.evil.example WWW.x", "www\\.evil.example WWW\\.x"),
        ("a\nb\r\n# c", "a b \\# c"),
        ("a\x1b[31mb\u202e", "ab\\\\u202e"),
    ],
)
def test_escape(text: str, escaped: str) -> None:
    assert markdown.escape(text) == escaped


@pytest.mark.parametrize("text", ["@octocat", "a @octocat", "octo/cat#12", "#12", "GH-12", "@&#8203;octocat"])
def test_nobody_is_notified(text: str, report_of: Callable[[str], Report]) -> None:
    prose = "".join(
        token.content for token in tokens(markdown.render(report_of(text))) if token.type in ("text", "text_special")
    )
    assert re.findall(r"@\w|#\d|\bGH-\d", prose) == []


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("a", "`a`"),
        ("", "` `"),
        ("a`b", "``a`b``"),
        ("`a``", "``` `a`` ```"),
        ("a\nb", "`a b`"),
        ("<b>", "`<b>`"),
        ("x" * 501, f"`{'x' * 500}… 1 characters cut`"),
    ],
)
def test_code(text: str, span: str) -> None:
    assert markdown.code(text) == span


@pytest.mark.parametrize(
    ("lines", "block"),
    [
        (["a", "b"], "```text\na\nb\n```\n"),
        (["```", "<script>"], "````text\n```\n<script>\n````\n"),
        (["x" * 501], f"```text\n{'x' * 500}… 1 characters cut\n```\n"),
        ([], "```text\n\n```\n"),
    ],
)
def test_block(lines: list[str], block: str) -> None:
    assert "\n".join(markdown.block(lines)) == block


@pytest.mark.parametrize(("lines", "more"), [(30, []), (33, ["and 3 more lines"])])
def test_evidence_is_cut(lines: int, more: list[str]) -> None:
    evidence = [f"line {number}" for number in range(lines)]
    report = Report("validate", findings=(Finding("a.b", "t", Status.FAIL, evidence=tuple(evidence)),))
    fence = next(token for token in tokens(markdown.render(report)) if token.type == "fence")
    assert fence.content.splitlines() == [*evidence[:30], *more]


def test_a_command_can_be_pasted() -> None:
    fix = Fix("do", ("pip", "install", "maturin>=1.9,<2", "`x`"))
    report = Report("validate", findings=(Finding("a.b", "t", Status.FAIL, fix=fix),))
    fence = next(token for token in tokens(markdown.render(report)) if token.type == "fence")
    assert (fence.info, fence.content) == ("sh", "pip install 'maturin>=1.9,<2' '`x`'\n")


def test_columns_of_numbers_are_aligned_right() -> None:
    table = Table("t", (Column("name"), Column("time", "ns"), Column("empty")), (("a", 1.5, None), ("b", 2000.4, None)))
    assert "| name | time \\(ns\\) | empty |\n|---|---:|---:|\n| a | 1.5 |  |\n| b | 2,000 |  |\n" in markdown.render(
        Report("examples", tables=(table,))
    )


def test_a_failure_after_findings_shows_both() -> None:
    report = Report("validate", findings=(Finding("a.b", "t", Status.WARN),), failure=Failure("no space", Exit.FAILED))
    assert markdown.render(report) == (
        "## validate\n\n**no space**\n\n▲ **1 warn** in 0.00 s\n\n### ▲ warn: t (`a.b`)\n"
    )


def test_a_megabyte_is_cut_everywhere(report_of: Callable[[str], Report]) -> None:
    text = markdown.render(report_of("`" * 2**20))
    assert len(text) < 2**20
    assert "1,028,576 characters cut" in text


def test_ten_thousand_findings() -> None:
    findings = tuple(Finding(f"a.b{number}", "t", (Status.OK, Status.FAIL)[number % 2]) for number in range(10_000))
    lines = markdown.render(Report("validate", findings=findings)).split("\n")
    assert lines[2] == "✘ **5000 fail, 5000 ok** in 0.00 s"
    assert sum(each.startswith("### ✘ fail: t (`a.b") for each in lines) == 5000
    assert sum(each.startswith("| ✔ ok | `a.b") for each in lines) == 5000


@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_nothing_from_outside_is_interpreted(reports: SearchStrategy[Report], data: DataObject) -> None:
    text = markdown.render(data.draw(reports))
    assert foreign(text) == []
    assert clean(text, len(text)) == text


def test_what_is_looked_up_is_folded_and_the_answer_stands_in_the_head() -> None:
    table = Table("Registers", (Column("name"),), (("rax",), ("rip",)), brief=(1,))
    text = markdown.render(Report("debug core", tables=(table,), answer="it moves <b>"))
    assert text.startswith("## debug core\n\n**it moves &lt;b&gt;**\n")
    assert "<details><summary>Registers (2)</summary>\n\n| name |\n|---|\n| rax |\n| rip |\n\n</details>" in text
