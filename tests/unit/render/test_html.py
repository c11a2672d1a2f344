from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyo3ops.core.model import LOOKS, Column, Finding, Fix, Report, Status, Table
from pyo3ops.render import html

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject, SearchStrategy

STYLE = Path(html.__file__).with_name("html.css").read_text(encoding="utf-8")
#: Elements that have no end.
VOID = {"meta", "input", "rect"}
#: All elements that a page is made of.
OWN = {
    *("html", "head", "meta", "title", "style", "script", "body", "header", "nav", "main", "footer", "section"),
    *(
        "h1",
        "h2",
        "h3",
        "small",
        "p",
        "div",
        "span",
        "b",
        "a",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "pre",
        "code",
        "mark",
    ),
    *("details", "summary", "form", "input", "label", "output", "svg", "rect"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


class Document(HTMLParser):
    """What a strict reader finds in a page: elements with attributes, and the text outside of style and script."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.pieces: list[str] = []
        self.comments: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.pieces.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    @property
    def text(self) -> str:
        return "".join("".join(self.pieces).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def held(page: str) -> Document:
    """The page, read, after what holds of every page."""
    document = Document(page)
    assert {tag for tag, _ in document.elements} <= OWN
    assert document.comments == []
    for tag, attributes in document.elements:
        assert not [
            name for name in attributes if name.startswith("on") or name in ("src", "style", "srcset", "action")
        ]
        if tag == "a":
            assert re.match(r"https?://|#family-\d+\Z", str(attributes["href"]))
    names = [str(attributes["id"]) for _, attributes in document.elements if "id" in attributes]
    assert len(set(names)) == len(names)
    assert {str(each.get("aria-labelledby")) for each in document.all("section")} <= set(names)
    return document


def test_report(report: Report, golden: Callable[[str, str], None]) -> None:
    page = html.render(report)
    held(page)
    golden("report.html", page)


def test_failure(failure: Report, golden: Callable[[str, str], None]) -> None:
    page = html.render(failure)
    held(page)
    golden("failure.html", page)


def test_everything_is_shown(report: Report) -> None:
    document = held(html.render(report))
    wanted = [report.task, report.project or "", "exit code 3", "1.23 s", "Linux 6.8.0 x86_64, Python 3.11.7"]
    for each in report.findings:
        wanted += [each.id, each.title, each.status.look.word, each.detail, *each.evidence]
        wanted += [str(each.where)] if each.where else []
        wanted += [each.fix.summary, " ".join(each.fix.argv or ()), each.fix.url or ""] if each.fix else []
    wanted += [text for fact in report.facts for text in (fact.name, fact.value)]
    wanted += [text for each in report.artifacts for text in (each.path, each.kind, each.sha256)]
    wanted += [report.tables[0].title, report.tables[0].note, "build (s)", "12.3", "1,234", "検証"]
    assert [text for text in wanted if "".join(text.split()) not in document.text] == []
    links = {each["href"] for each in document.all("a")}
    assert {each.link for each in report.findings if each.link} <= links
    rows = [each.get("class") for each in document.all("li") if each.get("class") in {row.value for row in Status}]
    assert rows == ["crash", "fail", "skip", "ok", "ok", "fail", "ok", "unknown", "warn"]


def test_what_is_wrong_shows_its_evidence_and_the_rest_folds_it() -> None:
    lines = tuple("abcdefg")
    rows = [(Status.FAIL, lines[:6]), (Status.FAIL, lines), (Status.OK, lines[:1])]
    findings = tuple(Finding(f"a.b{n}", "t", status, "", text) for n, (status, text) in enumerate(rows))
    assert held(html.render(Report("t", findings=findings))).all("details") == [
        {"open": None},
        {},
        {},
    ]


def test_only_what_it_brings_itself_may_run_and_nothing_may_load(report: Report) -> None:
    page = html.render(report)
    style, script = (re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL) for tag in ("style", "script"))
    assert (len(style), len(script)) == (1, 1)

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    (policy,) = (each["content"] for each in held(page).all("meta") if "http-equiv" in each)
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest(style[0])}'; script-src 'sha256-{digest(script[0])}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp|import\(", style[0] + script[0])


def test_hostile_text_stays_text(hostile: tuple[str, str], report_of: Callable[[str], Report]) -> None:
    document = held(html.render(report_of(hostile[0])))
    assert document.text.count("".join(hostile[1].split())) >= 10


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "JAVASCRIPT:x", "data:text/html,x", "//evil.example", " https://a", "https:///x"]
)
def test_what_is_no_web_address_is_no_link(url: str) -> None:
    finding = Finding("a.b", "t", Status.FAIL, fix=Fix("f", url=url), link=url)
    document = held(html.render(Report("t", findings=(finding,))))
    assert document.all("a") == []
    assert document.text.count("".join(url.split())) == 2


def test_ids_are_unique_and_plain() -> None:
    findings = tuple(Finding(each, "t", Status.OK) for each in ("a.b", "a.b", 'a."x', "family-1", "a b"))
    held(html.render(Report("t", findings=findings)))


def test_fifty_findings_are_small(report: Report) -> None:
    loud = tuple(each for each in report.findings if each.status is Status.WARN)
    page = html.render(replace(report, findings=loud * 50))
    assert len(page.encode()) < 100_000


def test_much_evidence_is_cut_and_says_so() -> None:
    findings = (Finding("a.b", "t", Status.FAIL, evidence=tuple(map(str, range(1_003)))),)
    text = held(html.render(Report("t", findings=findings))).text
    assert "999and3morelines" in text
    assert "Evidence,1,003lines" in text


def _luminance(colour: str) -> float:
    digits = "".join(each * 2 for each in colour) if len(colour) == 3 else colour
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_every_ground(scheme: int) -> None:
    # WCAG 2.2, level AA: 4.5 to 1.
    block = re.findall(r":root\{(--page.*?)\}", STYLE, re.DOTALL)[scheme]
    colours = {name: _luminance(value) for name, value in re.findall(r"--(\w+):#(\w+)", block)}
    grounds = [colours.pop(name) for name in ("page", "card", "well")]
    colours.pop("line")
    assert set(colours) == {"ink", "soft", "link", *(each.value for each in Status)}
    for name, text in colours.items():
        for ground in grounds:
            light, dark = max(text, ground), min(text, ground)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, name


def test_the_style_has_the_icon_of_each_status() -> None:
    icons = dict(re.findall(r'\.(\w+)\{--tone:[^;]*;--icon:"(.)"', STYLE))
    assert icons == {status.value: look.icon for status, look in LOOKS.items()}


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_any_report_is_a_page_that_loads_nothing(reports: SearchStrategy[Report], data: DataObject) -> None:
    page = html.render(data.draw(reports))
    held(page)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", page)


def test_what_is_looked_up_is_folded_and_the_answer_stands_in_the_head() -> None:
    table = Table("Registers", (Column("name"),), (("rax",), ("rip",)), brief=(1,))
    page = html.render(Report("debug core", tables=(table, replace(table, brief=None)), answer="it moves <b>"))
    assert '<p class="answer">it moves &lt;b&gt;</p>' in page
    first, second = page.split("<table>")[:2]
    assert first.count("<details") == 1
    assert "<summary>2 rows</summary>" in first
    assert "<details" not in second.split("</details>")[1]
