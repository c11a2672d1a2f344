"""SARIF 2.1.0 for code scanning: one rule an id, one result for each finding that is neither ok nor skipped.

Passing checks are left out of the results: code scanning makes an alert of whatever stands there, also of what passes.
They are rules all the same, so that it is known what was looked at. Specification: SARIF 2.1.0, sections 3.14 to 3.27.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pyo3ops.core.model import Status
from pyo3ops.render.clean import clean, command, line
from pyo3ops.render.families import family_of
from pyo3ops.render.json import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyo3ops.core.model import Failure, Finding, Fix, Location, Report

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#: What the places of the results are relative to: the root of the checkout.
BASE = "%SRCROOT%"
#: Lines of evidence in one message.
EVIDENCE = 30
#: Where a finding without a place is shown: an alert has to have one.
FALLBACK = "pyproject.toml"

_LEFT_OUT = (Status.OK, Status.SKIP)


def render(report: Report) -> str:
    """The log file with its one run."""
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    # Text from outside may hold lone surrogates; in ASCII every other character is safe.
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _run(report: Report) -> dict[str, Any]:
    ids = list(dict.fromkeys(each.id for each in report.findings))
    indexes = {identity: number for number, identity in enumerate(ids)}
    loud = [each for each in report.findings if each.status not in _LEFT_OUT]
    shown = sorted(loud, key=lambda each: each.status, reverse=True)
    fingerprints = _fingerprints(shown)
    return {
        "tool": {"driver": _driver(report)},
        "invocations": [_invocation(report)],
        "originalUriBaseIds": {BASE: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(each, indexes[each.id], mark, strict=report.strict) for each, mark in zip(shown, fingerprints)
        ],
        "properties": _properties(report),
    }


def _driver(report: Report) -> dict[str, Any]:
    driver: dict[str, Any] = {"name": "pyo3ops", "rules": _rules(report.findings)}
    if report.host:
        driver["version"] = line(report.host.pyo3ops)
    return driver


def _rules(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    first: dict[str, Finding] = {}
    for each in findings:
        first.setdefault(each.id, each)
    return [_rule(each) for each in first.values()]


def _rule(finding: Finding) -> dict[str, Any]:
    title = _plain(line(finding.title)) or "untitled"
    about = f" See {line(finding.link)}" if finding.link else ""
    rule: dict[str, Any] = {
        "id": line(finding.id),
        "shortDescription": {"text": title},
        "fullDescription": {"text": title},
        "help": {"text": _plain(f"{title}.{about}")},
        "properties": {"tags": [line(family_of(finding.id))]},
    }
    if finding.link and re.match(r"https?://[^\s/]", finding.link):
        rule["helpUri"] = quote(line(finding.link), safe=":/?#[]@!$&'()*+,;=%~")
    return rule


def _result(finding: Finding, index: int, fingerprint: str, *, strict: bool) -> dict[str, Any]:
    return {
        "ruleId": line(finding.id),
        "ruleIndex": index,
        "kind": "fail",
        "level": level(finding.status, strict=strict),
        "message": {"text": _plain(_message(finding))},
        "locations": [_location(finding.where)],
        "partialFingerprints": {"pyo3ops/v1": fingerprint},
        "properties": _cleaned(
            {"status": finding.status, "title": finding.title, "fix": _fix(finding.fix), "seconds": finding.seconds}
        ),
    }


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    # Not `fixes`: those are changes to files, and this is a command.
    return {"summary": fix.summary, "argv": fix.argv, "url": fix.url, "safe": fix.safe} if fix else None


def level(status: Status, *, strict: bool) -> str:
    """How loud a result is: "error" for what fails the run."""
    if status is Status.WARN:
        return "error" if strict else "warning"
    return {Status.UNKNOWN: "warning", Status.FAIL: "error", Status.CRASH: "error"}.get(status, "none")


def _message(finding: Finding) -> str:
    parts = [clean(finding.detail or finding.title) or "untitled"]
    parts += [f"  {clean(each)}" for each in finding.evidence[:EVIDENCE]]
    if len(finding.evidence) > EVIDENCE:
        parts.append(f"  and {len(finding.evidence) - EVIDENCE} more lines")
    if finding.fix:
        parts.append(f"Fix: {clean(finding.fix.summary)}")
        parts += [f"  {command(finding.fix.argv)}"] if finding.fix.argv else []
        parts += [f"  {line(finding.fix.url)}"] if finding.fix.url else []
    return "\n".join(parts)


def _plain(text: str) -> str:
    # [text](target) is a link in a message, and a backslash before a bracket keeps it from being one (section 3.11.6).
    return re.sub(r"([\[\]\\])", r"\\\1", text) if "](" in text else text


def _location(where: Location | None) -> dict[str, Any]:
    path = line(where.path).replace("\\", "/").lstrip("/") if where else FALLBACK
    region = {"startLine": max(1, where.line or 1) if where else 1}
    uri = quote(path) or FALLBACK
    return {"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": BASE}, "region": region}}


def _fingerprints(findings: Sequence[Finding]) -> list[str]:
    """What makes each the same alert in the next run: id, file, and which of them; never a version or a line."""
    seen: dict[tuple[str, str], int] = {}
    marks = []
    for each in findings:
        key = (each.id, each.where.path if each.where else "")
        seen[key] = seen.get(key, 0) + 1
        text = "\0".join((*key, str(seen[key])))
        marks.append(hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32])
    return marks


def _invocation(report: Report) -> dict[str, Any]:
    invocation: dict[str, Any] = {"executionSuccessful": report.failure is None, "exitCode": int(report.exit_code)}
    if report.failure:
        invocation["toolExecutionNotifications"] = [_notification(report.failure)]
    return invocation


def _notification(failure: Failure) -> dict[str, Any]:
    labelled = (("Cause", failure.cause), ("Next", failure.command), ("Log", failure.log))
    text = "\n".join([failure.message or "failed", *(f"{label}: {text}" for label, text in labelled if text)])
    return {"level": "error", "message": {"text": _plain(clean(text))}}


def _properties(report: Report) -> dict[str, Any]:
    counts = {status.value: number for status, number in report.counts.items()}
    kept = ("task", "project", "host", "facts", "tables", "artifacts", "strict", "seconds", "traces")
    return {**_cleaned({name: getattr(report, name) for name in kept}), "counts": counts}


def _cleaned(value: object) -> Any:  # noqa: ANN401 - what json.dumps takes
    if isinstance(value, dict):
        return {name: _cleaned(each) for name, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_cleaned(each) for each in value]
    if isinstance(value, str):
        return clean(value)
    read = plain(value)
    return _cleaned(read) if isinstance(read, (dict, list)) else read
