"""JUnit XML, as pytest writes it and GitLab, Jenkins and others read it: a suite a family, a case a finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Iterator
from xml.etree import ElementTree as ET

from pyo3ops.core.model import Finding, Status
from pyo3ops.render import stack_text
from pyo3ops.render.clean import clean, command, line
from pyo3ops.render.console_tables import cell_text
from pyo3ops.render.families import Family, families

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.core.model import Report, Table, Trace

# What XML 1.0 has no way to write, not even as a reference, and what is left of it once text is clean.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """The document, with an XML declaration."""
    root = ET.Element("testsuites", {"name": _line(f"pyo3ops {report.task}")})
    found = families(report.findings)
    for each in found:
        root.append(_suite(each, report))
    if report.failure or not found:
        root.append(_own_suite(report))
    _total(root, list(root), report.seconds)
    _about(report, root[0])
    _laid_out(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _text(text: str) -> str:
    return _ILLEGAL.sub(lambda match: f"\\u{ord(match[0]):04x}", clean(text))


def _line(text: str) -> str:
    return " ".join(_text(text).split("\n"))


def _suite(family: Family, report: Report) -> ET.Element:
    suite = ET.Element("testsuite", {"name": _line(family.name)})
    for each in family.findings:
        suite.append(_case(each, f"{report.task}.{family.name}", strict=report.strict))
    _total(suite, [suite], sum(each.seconds for each in family.findings))
    return suite


def _own_suite(report: Report) -> ET.Element:
    """The task itself as a case: where it ended without a report, or had nothing to find."""
    suite = ET.Element("testsuite", {"name": _line(report.task)})
    attributes = {"classname": "pyo3ops", "name": _line(report.task), "time": _time(report.seconds)}
    case = ET.SubElement(suite, "testcase", attributes)
    if report.failure:
        failure = report.failure
        labelled = (("cause", failure.cause), ("next", failure.command), ("log", failure.log))
        text = "\n".join(f"{label}: {text}" for label, text in labelled if text)
        _outcome(case, "error", failure.message, f"exit {int(failure.exit_code)}", text)
    _total(suite, [suite], report.seconds)
    return suite


def _case(finding: Finding, classname: str, *, strict: bool) -> ET.Element:
    attributes = {"classname": _line(classname), "name": _line(finding.id), "time": _time(finding.seconds)}
    if finding.where:
        attributes["file"] = _line(finding.where.path)
        attributes.update({"line": str(finding.where.line)} if finding.where.line else {})
    case = ET.Element("testcase", attributes)
    link = {"link": finding.link} if finding.link else {}
    _properties(case, {"status": finding.status.value, "title": finding.title, **link})
    message = f"{finding.title}: {finding.detail}" if finding.detail else finding.title
    kind = outcome(finding.status, strict=strict)
    if kind == "skipped":
        ET.SubElement(case, "skipped", {"message": _line(finding.detail or finding.title)})
    elif kind:
        _outcome(case, kind, message, finding.status.value, "\n".join(_body(finding)))
    output = "\n".join([message, *_body(finding)])
    ET.SubElement(case, "system-out").text = _text(output)
    return case


def outcome(status: Status, *, strict: bool) -> str:
    """The element that a status becomes; "" for a case that passes, as a warning does unless it counts as a failure."""
    if status is Status.WARN:
        return "failure" if strict else ""
    elements = {Status.SKIP: "skipped", Status.FAIL: "failure", Status.UNKNOWN: "error", Status.CRASH: "error"}
    return elements.get(status, "")


def _outcome(case: ET.Element, kind: str, message: str, label: str, text: str) -> None:
    element = ET.SubElement(case, kind, {"message": _line(message), "type": _line(label)})
    element.text = _text(text)


def _body(finding: Finding) -> Iterator[str]:
    yield from finding.evidence
    if finding.fix:
        yield f"fix: {finding.fix.summary}"
        if finding.fix.argv:
            yield f"  {command(finding.fix.argv)}"
        if finding.fix.url:
            yield f"  {line(finding.fix.url)}"


def _properties(element: ET.Element, values: dict[str, str]) -> None:
    properties = ET.Element("properties")
    for name, value in values.items():
        ET.SubElement(properties, "property", {"name": _line(name), "value": _line(value)})
    element.insert(0, properties)


def _about(report: Report, suite: ET.Element) -> None:
    """What is said of no single finding: properties and output of the first suite."""
    values = {"project": report.project} if report.project else {}
    if report.host:
        host = report.host
        values["host"] = f"{host.system} {host.release} {host.machine}, Python {host.python}, pyo3ops {host.pyo3ops}"
    values.update({fact.name: fact.value for fact in report.facts})
    values.update({f"{each.kind}: {each.path}": f"sha256 {each.sha256}" for each in report.artifacts})
    if values:
        _properties(suite, values)
    texts = [*map(_trace, report.traces), *map(_table, report.tables)]
    if texts:
        ET.SubElement(suite, "system-out").text = _text("\n\n".join(texts))


def _trace(trace: Trace) -> str:
    return "\n".join(filter(None, (line(trace.title), trace.note, *stack_text.lines(trace))))


def _table(table: Table) -> str:
    titles = [f"{column.title} [{column.unit}]" if column.unit else column.title for column in table.columns]
    rows = [titles, *([cell_text(cell) for cell in row] for row in table.rows)]
    lines = [line(table.title), *("  ".join(map(line, row)) for row in rows), table.note]
    return "\n".join(filter(None, lines))


def _total(element: ET.Element, suites: Sequence[ET.Element], seconds: float) -> None:
    counted = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for name, tag in counted.items():
        element.set(name, str(sum(1 for suite in suites for _ in suite.iter(tag))))
    element.set("time", _time(seconds))


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _laid_out(root: ET.Element) -> None:
    """A line for each suite and case; inside a case white space may mean something."""
    for parent in (root, *root):
        parent.text = "\n"
        for child in parent:
            child.tail = "\n"
