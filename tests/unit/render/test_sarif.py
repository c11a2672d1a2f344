from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import jsonschema  # type: ignore[import-untyped] # it has no types of its own
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyo3ops.core.model import Finding, Fix, Location, Report, Status
from pyo3ops.render import sarif

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject, SearchStrategy

SCHEMA = json.loads((Path(__file__).parents[2] / "data/sarif/sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def run_of(report: Report) -> dict[str, Any]:
    """The one run of the log, which the official schema and the rules beyond it accept."""
    text = sarif.render(report)
    assert text.isascii()
    log = json.loads(text)
    VALIDATOR.validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for each in run["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        artifact = each["locations"][0]["physicalLocation"]["artifactLocation"]
        assert artifact["uri"]
        assert not artifact["uri"].startswith("/")
        assert artifact["uriBaseId"] in run["originalUriBaseIds"]
    read: dict[str, Any] = run
    return read


def test_report(report: Report, golden: Callable[[str, str], None]) -> None:
    run_of(report)
    golden("report.sarif", sarif.render(report))


def test_failure(failure: Report, golden: Callable[[str, str], None]) -> None:
    (invocation,) = run_of(failure)["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    golden("failure.sarif", sarif.render(failure))


@pytest.mark.parametrize(
    ("status", "strict", "level"),
    [
        (Status.OK, False, None),
        (Status.SKIP, True, None),
        (Status.WARN, False, "warning"),
        (Status.WARN, True, "error"),
        (Status.UNKNOWN, False, "warning"),
        (Status.FAIL, False, "error"),
        (Status.CRASH, False, "error"),
    ],
)
def test_each_status_has_its_level(status: Status, strict: bool, level: str | None) -> None:  # noqa: FBT001
    run = run_of(Report("validate", findings=(Finding("a.b", "t", status),), strict=strict))
    assert [each["level"] for each in run["results"]] == ([level] if level else [])
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["a.b"]


@pytest.mark.parametrize(
    ("where", "uri", "line"),
    [
        (None, "pyproject.toml", 1),
        (Location("Cargo.toml"), "Cargo.toml", 1),
        (Location("src/größe lib.rs", 7), "src/gr%C3%B6%C3%9Fe%20lib.rs", 7),
        (Location("a\\b.toml", 2), "a/b.toml", 2),
    ],
)
def test_every_result_has_a_place(where: Location | None, uri: str, line: int) -> None:
    (result,) = run_of(Report("validate", findings=(Finding("a.b", "t", Status.FAIL, where=where),)))["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]) == (uri, {"startLine": line})


def marks(*findings: Finding) -> list[str]:
    return [each["partialFingerprints"]["pyo3ops/v1"] for each in run_of(Report("v", findings=findings))["results"]]


def test_fingerprints_outlive_versions_and_lines_and_tell_findings_apart() -> None:
    old = Finding("a.b", "t", Status.FAIL, "rustc 1.70", ("x",), where=Location("Cargo.toml", 3), seconds=0.1)
    new = replace(old, status=Status.WARN, detail="rustc 1.71", evidence=(), where=Location("Cargo.toml", 9))
    assert marks(old) == marks(new)
    others = (replace(old, id="a.c"), replace(old, where=Location("pyproject.toml")), replace(old, where=None), old)
    assert len({*marks(old), *marks(*others)}) == 4
    assert len(set(marks(old, old))) == 2
    # Neither does it matter what else is found, nor in which order.
    assert marks(old) == marks(Finding("z.z", "t", Status.WARN), old)[:1]


def test_a_message_says_all_of_it() -> None:
    fix = Fix("update it", ("rustup", "update", "a b"), "https://rustup.rs")
    finding = Finding("a.b", "t", Status.FAIL, "too old", ("x",) * 32, fix, link="https://a.example/x y")
    run = run_of(Report("validate", findings=(finding,)))
    assert run["results"][0]["message"]["text"].split("\n") == [
        *("too old", *["  x"] * 30, "  and 2 more lines"),
        *("Fix: update it", "  rustup update 'a b'", "  https://rustup.rs"),
    ]
    assert run["tool"]["driver"]["rules"][0]["helpUri"] == "https://a.example/x%20y"


def test_text_makes_no_link() -> None:
    finding = Finding("a.b", "t", Status.FAIL, "[a](https://evil.example) \\[b](1)", link="javascript:x")
    run = run_of(Report("validate", findings=(finding,)))
    assert run["results"][0]["message"]["text"] == "\\[a\\](https://evil.example) \\\\\\[b\\](1)"
    assert "helpUri" not in run["tool"]["driver"]["rules"][0]


def test_hostile_text_is_valid(hostile: tuple[str, str], report_of: Callable[[str], Report]) -> None:
    run_of(report_of(hostile[0]))


@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_any_report_is_a_valid_log(reports: SearchStrategy[Report], data: DataObject) -> None:
    run_of(data.draw(reports))
