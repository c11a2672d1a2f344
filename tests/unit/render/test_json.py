from __future__ import annotations

import importlib.util
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import jsonschema  # type: ignore[import-untyped] # it has no types of its own
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyo3ops.core.exits import Exit
from pyo3ops.core.model import SCHEMA, Column, Fact, Failure, Finding, Fix, Location, Report, Status, Table
from pyo3ops.render import json as render_json

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject, SearchStrategy

ROOT = Path(__file__).parents[3]
SCHEMA_FILE = ROOT / "pyo3ops/render/schema.json"


@pytest.fixture(scope="session")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_report(report: Report, golden: Callable[[str, str], None]) -> None:
    golden("report.json", render_json.render(report))


def test_failure(failure: Report, golden: Callable[[str, str], None]) -> None:
    golden("failure.json", render_json.render(failure))


def test_the_whole_of_a_small_report() -> None:
    finding = Finding(
        "rust.msrv", "t", Status.WARN, "d", ("e",), Fix("f", ("a", "b"), "u", safe=True), Location("p", 3), 0.5, "l"
    )
    table = Table("t", (Column("c", "s"),), ((1,), (2.5,), ("x",), (None,)), "n")
    report = Report("validate", "p", None, (Fact("a", "b"),), (finding,), (table,), strict=True, seconds=2.0)
    assert json.loads(render_json.render(report)) == {
        "schema": SCHEMA,
        "exit_code": 1,
        "status": "warn",
        "counts": {"warn": 1},
        "task": "validate",
        "project": "p",
        "host": None,
        "facts": [{"name": "a", "value": "b"}],
        "findings": [
            {
                "id": "rust.msrv",
                "title": "t",
                "status": "warn",
                "detail": "d",
                "evidence": ["e"],
                "fix": {"summary": "f", "argv": ["a", "b"], "url": "u", "safe": True, "need": None, "mends": True},
                "where": {"path": "p", "line": 3},
                "seconds": 0.5,
                "link": "l",
            }
        ],
        "tables": [
            {
                "title": "t",
                "columns": [{"title": "c", "unit": "s"}],
                "rows": [[1], [2.5], ["x"], [None]],
                "note": "n",
                "brief": None,
            }
        ],
        "artifacts": [],
        "traces": [],
        "failure": None,
        "strict": True,
        "seconds": 2.0,
        "answer": "",
    }


def test_hostile_text_stays_what_it_is(hostile: tuple[str, str], report_of: Callable[[str], Report]) -> None:
    # A lone surrogate alone cannot stay: no strict parser takes it.
    kept = hostile[0].encode("utf-8", "backslashreplace").decode("utf-8")
    text = render_json.render(report_of(hostile[0]))
    assert text.isascii()
    document = json.loads(text)
    assert document["findings"][0]["evidence"] == [kept, kept]
    assert document["tables"][0]["rows"][0] == [kept, 1]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_json_has_no_number_for_is_null(number: float) -> None:
    assert render_json.plain(Table("t", (Column("c"),), ((number,),)))["rows"] == [[None]]


def test_booleans_stay_booleans_and_enums_become_values() -> None:
    assert render_json.plain([True, 1, Exit.UNKNOWN, Status.CRASH, None]) == [True, 1, 4, "crash", None]
    assert [type(each) for each in render_json.plain([True, Exit.UNKNOWN])] == [bool, int]


def test_a_huge_text_is_cut() -> None:
    report = Report("validate", "x" * 2**20)
    cut = 2**20 - render_json.LIMIT
    assert json.loads(render_json.render(report))["project"] == "x" * render_json.LIMIT + f"… {cut:,} characters cut"


def test_ten_thousand_findings(validator: jsonschema.Draft202012Validator) -> None:
    finding = Finding("a.b", "t", Status.OK)
    document = json.loads(render_json.render(Report("validate", findings=(finding,) * 10_000)))
    assert document["counts"] == {"ok": 10_000}
    assert len(document["findings"]) == 10_000
    document["findings"] = document["findings"][:10]
    validator.validate(document)


@pytest.mark.parametrize("code", list(Exit))
def test_the_exit_code_of_a_failure_is_the_document_s(code: Exit, validator: jsonschema.Draft202012Validator) -> None:
    document = json.loads(render_json.render(Report("validate", failure=Failure("m", code))))
    validator.validate(document)
    assert document["exit_code"] == document["failure"]["exit_code"] == code.value


@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_any_report_is_a_valid_document(
    reports: SearchStrategy[Report], validator: jsonschema.Draft202012Validator, data: DataObject
) -> None:
    text = render_json.render(data.draw(reports))
    assert text.isascii()
    assert text.endswith("}\n")
    validator.validate(json.loads(text, parse_constant=_refused))


def _refused(name: str) -> float:
    raise AssertionError(f"{name} is not JSON")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"surprise": 1}, "Additional properties are not allowed"),
        ({"status": "good"}, "'good' is not one of"),
        ({"counts": {"ok": 0}}, "0 is less than the minimum of 1"),
        ({"schema": "pyo3ops/0"}, "'pyo3ops/1' was expected"),
    ],
)
def test_the_schema_refuses_other_documents(
    change: dict[str, object], message: str, report: Report, validator: jsonschema.Draft202012Validator
) -> None:
    document = {**json.loads(render_json.render(report)), **change}
    with pytest.raises(jsonschema.ValidationError, match=message):
        validator.validate(document)


@pytest.mark.skipif(sys.version_info < (3, 10), reason="the schema is generated on Python 3.10 and later")
def test_the_schema_is_what_the_types_give() -> None:
    pytest.importorskip("msgspec", reason="msgspec, which makes the schema from the types, is not installed")
    specification = importlib.util.spec_from_file_location("schema", ROOT / "ci/schema.py")
    assert specification is not None
    assert specification.loader is not None
    schema = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(schema)
    assert schema.text() == SCHEMA_FILE.read_text(encoding="utf-8")
