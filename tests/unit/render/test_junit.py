from __future__ import annotations

from typing import TYPE_CHECKING, Callable
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyo3ops.core.exits import Exit
from pyo3ops.core.model import Failure, Finding, Fix, Location, Report, Status
from pyo3ops.render import junit

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject, SearchStrategy

#: What may stand in each element, and which attributes it has to have.
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase", "system-out"},
    "testcase": {"properties", "failure", "error", "skipped", "system-out"},
    "properties": {"property"},
}
NEEDED = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"classname", "name", "time"},
    "property": {"name", "value"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
}


def held(report: Report) -> ET.Element:
    """The document, read, after what holds of every one."""
    root = ET.fromstring(junit.render(report).encode("utf-8"))  # noqa: S314 - our own
    for element in root.iter():
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
        assert NEEDED.get(element.tag, set()) <= set(element.attrib)
    for element in (root, *root):
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(element.attrib[name]) == sum(1 for _ in element.iter(tag))
        assert float(element.attrib["time"]) >= 0
    return root


def test_report(report: Report, golden: Callable[[str, str], None]) -> None:
    held(report)
    golden("report.xml", junit.render(report))


def test_failure(failure: Report, golden: Callable[[str, str], None]) -> None:
    held(failure)
    golden("failure.xml", junit.render(failure))


@pytest.mark.parametrize(
    ("status", "strict", "outcome"),
    [
        (Status.OK, True, []),
        (Status.SKIP, False, ["skipped"]),
        (Status.WARN, False, []),
        (Status.WARN, True, ["failure"]),
        (Status.UNKNOWN, False, ["error"]),
        (Status.FAIL, False, ["failure"]),
        (Status.CRASH, False, ["error"]),
    ],
)
def test_each_status_has_its_outcome(status: Status, strict: bool, outcome: list[str]) -> None:  # noqa: FBT001
    root = held(Report("validate", findings=(Finding("a.b", "t", status, "d"),), strict=strict))
    (case,) = root.iter("testcase")
    assert [child.tag for child in case if child.tag not in ("properties", "system-out")] == outcome
    assert {each.attrib["name"]: each.attrib["value"] for each in case.iter("property")} == {
        "status": status.value,
        "title": "t",
    }


def test_a_case_says_all_of_it() -> None:
    fix = Fix("do", ("a", "b c"), "https://x.example")
    finding = Finding("a.b", "t", Status.FAIL, "d", ("one", "two"), fix, Location("Cargo.toml", 3), 1.5)
    (case,) = held(Report("validate", findings=(finding,))).iter("testcase")
    assert case.attrib == {
        "classname": "validate.a",
        "name": "a.b",
        "time": "1.500",
        "file": "Cargo.toml",
        "line": "3",
    }
    body = "one\ntwo\nfix: do\n  a 'b c'\n  https://x.example"
    assert case.findtext("failure") == body
    assert case.findtext("system-out") == f"t: d\n{body}"


def test_a_failure_is_an_error_beside_the_findings() -> None:
    report = Report("validate", findings=(Finding("a.b", "t", Status.OK),), failure=Failure("m", Exit.USAGE, "c", "n"))
    root = held(report)
    assert [suite.attrib["name"] for suite in root] == ["a", "validate"]
    (error,) = root.iter("error")
    assert (error.attrib, error.text) == ({"message": "m", "type": "exit 2"}, "cause: c\nnext: n")


def test_a_report_without_findings_is_one_case_that_passes() -> None:
    root = held(Report("validate", seconds=2.0))
    assert (root.attrib["tests"], root.attrib["failures"], root.attrib["errors"]) == ("1", "0", "0")


def test_what_xml_cannot_hold_is_made_visible() -> None:
    finding = Finding("a.b", "\ufffe \uffff \x00 \ud800", Status.FAIL, "]]> & < \x0b")
    (failure,) = held(Report("validate", findings=(finding,))).iter("failure")
    assert failure.attrib["message"] == "\\ufffe \\uffff \\x00 \\ud800: ]]> & < \\x0b"


def test_hostile_text_stays_text(hostile: tuple[str, str], report_of: Callable[[str], Report]) -> None:
    root = held(report_of(hostile[0]))
    assert "".join(hostile[1].split()) in "".join("".join(root.itertext()).split())


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_any_report_is_a_document(reports: SearchStrategy[Report], data: DataObject) -> None:
    report = data.draw(reports)
    root = held(report)
    own = report.failure is not None or not report.findings
    assert int(root.attrib["tests"]) == len(report.findings) + own
