"""rows.toml: every row can be built and asked, and agrees with what was expected before anything was measured."""

from __future__ import annotations

import argparse
import ast
import builtins
import re
from pathlib import Path
from typing import Any

import pytest

from pyo3ops.conversions import rows
from pyo3ops.conversions.rows import Case, Row
from pyo3ops.core import toml
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.verbs import VERBS

ROWS = rows.load()
DATA = Path(__file__).parents[2] / "data" / "conversions"
#: What the probe itself defines, and modules that need not be there.
ELSEWHERE = {"Point", "Colour", "Shape", "numpy", "zoneinfo"}
#: What the tables of PyO3's guide name, as `guide/src/conversions/tables.md` of 0.29.3 has it, and the issue of crates
#: beside it; each must be a part of some row.
GUIDE = (
    "String, Cow<'_, str>, &str, char, OsString, PathBuf, Vec<u8>, &[u8], Cow<'_, [u8]>, bool, i8, u8, i16, u16, i32,"
    " u32, i64, u64, i128, u128, isize, usize, BigInt, BigUint, f32, f64, NotNan, OrderedFloat, Complex, Ratio, Vec<,"
    " HashMap, BTreeMap, hashbrown::HashMap, IndexMap, (i64, HashSet, BTreeSet, hashbrown::HashSet, PySlice, PyType,"
    " PyModule, PyBuffer, SystemTime, chrono::DateTime, NaiveDateTime, NaiveDate, NaiveTime, FixedOffset, Utc,"
    " chrono_tz::Tz, std::time::Duration, chrono::Duration, rust_decimal, bigdecimal, IpAddr, Ipv4Addr, Option<,"
    " PySequence, PyMapping, PyIterator, PyAny, PyString, PyBytes, PyBool, PyInt, PyFloat, PyComplex, PyList, PyDict,"
    " PyTuple, PySet, PyFrozenSet, PyByteArray, PyDateTime, PyDate, PyTzInfo, PyDelta, Py<, PyRef<, PyRefMut<, Result<,"
    " jiff::, time::OffsetDateTime, Uuid, SmallVec, Either, numpy::, PyBackedStr, PyBackedBytes, bytes::Bytes, [i64; 3]"
)

each_row = pytest.mark.parametrize("row", ROWS.rows, ids=lambda row: row.slug)


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    made: dict[str, Any] = {}
    exec(ROWS.names, made)  # noqa: S102 - our own
    return made


def free(expression: str) -> set[str]:
    """The names that an expression takes from outside."""
    tree = ast.parse(expression, mode="eval")
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - bound - set(dir(builtins))


@each_row
def test_every_expression_means_something(row: Row, names: dict[str, Any]) -> None:
    wanted = [row.value, *filter(None, [row.many]), *(case.argument for case in row.cases)]
    wanted += [case.gives for case in row.cases if case.gives]
    for expression in wanted:
        assert free(expression) <= set(names) | ELSEWHERE, expression
        if not free(expression) & ELSEWHERE:
            eval(expression, names)  # noqa: S307 - our own


@each_row
def test_every_case_has_one_outcome(row: Row) -> None:
    for case in row.cases:
        assert sum(outcome is not None for outcome in (case.gives, case.raises, case.dies)) == 1, case
        if case.raises is not None and case.raises != "PanicException":
            assert issubclass(getattr(builtins, case.raises), Exception)
        assert case.dies in (None, "SIGSEGV", "SIGABRT", "SIGBUS")
    for minor in range(8, 14):
        here = [case.argument for case in row.cases if case.holds_on(PythonVersion(minor))]
        assert len(set(here)) == len(here)


@each_row
def test_many_are_as_many_as_it_says(row: Row, names: dict[str, Any]) -> None:
    assert bool(row.many) == bool(row.elements)
    if row.many and not free(row.many) & ELSEWHERE:
        value = eval(row.many, names)  # noqa: S307 - our own
        assert len(value) == row.elements


def test_names_tell_rows_apart() -> None:
    for names in ([row.name for row in ROWS.rows], [row.slug for row in ROWS.rows]):
        assert len(set(names)) == len(names)


def test_there_are_enough_of_them() -> None:
    assert len(ROWS.rows) >= 60
    assert sum(len(row.cases) for row in ROWS.rows) >= 100
    assert {row.category for row in ROWS.everyday} <= set(rows.EVERYDAY)


@pytest.mark.parametrize("part", [part.strip() for part in GUIDE.replace("(i64,", "(i64;,").split(",") if part.strip()])
def test_what_the_guide_names_has_a_row(part: str) -> None:
    assert any(part.replace("(i64;", "(i64,") in row.name for row in ROWS.rows)


@pytest.mark.parametrize("file", sorted(DATA.glob("*.toml")), ids=lambda file: file.stem)
def test_where_it_was_expected_otherwise_it_says_why(file: Path) -> None:
    """The files were written down before the probe existed: what they got wrong stays in them."""
    known = {row.name: row for row in ROWS.rows}
    for table in toml.load(file)["type"]:
        cases = known[table["rust"]].cases
        for expected in table["cases"]:
            found = [case for case in cases if case.argument == expected["argument"]]
            assert found, (table["rust"], expected)
            if not any((case.gives, case.raises) == (expected.get("gives"), expected.get("raises")) for case in found):
                assert any(case.why for case in found), (table["rust"], expected)


@pytest.mark.parametrize(
    ("since", "until", "held"),
    [(None, None, [8, 10, 13]), ("3.10", None, [10, 13]), (None, "3.10", [8, 10]), ("3.9", "3.12", [10])],
)
def test_a_case_holds_between_pythons(since: str | None, until: str | None, held: list[int]) -> None:
    bounds = [PythonVersion.parse(each) if each else None for each in (since, until)]
    case = Case("1", gives="1", since=bounds[0], until=bounds[1])
    assert [minor for minor in (8, 10, 13) if case.holds_on(PythonVersion(minor))] == held


def test_a_label_is_what_is_written_after_imports() -> None:
    labels = {row.name: row.label for row in ROWS.rows}
    assert labels["std::collections::HashMap<String, i64>"] == "HashMap<String, i64>"
    assert labels["pyo3::Bound<'_, pyo3::types::PyList>"] == "Bound<'_, PyList>"
    assert labels["hashbrown::HashMap<String, i64>"] == "hashbrown::HashMap<String, i64>"
    assert labels["std::io::Result<bool>"] == "Result<bool>"
    assert labels["std::time::Duration"] == "std::time::Duration"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("bool", ["bool"]),
        ("HashMap<String, i64>", ["std::collections::HashMap<String, i64>"]),
        ("uuid", ["uuid::Uuid"]),
        ("hashset", ["std::collections::HashSet<i64>", "hashbrown::HashSet<i64>"]),
        ("NoSuchType", []),
    ],
)
def test_a_row_is_named_wholly_or_in_part(name: str, found: list[str]) -> None:
    assert [row.name for row in ROWS.named(name)] == found


def test_the_help_names_every_category() -> None:
    parser = argparse.ArgumentParser()
    (verb,) = (verb for verb in VERBS if verb.name == "types")
    verb.add_arguments(parser)
    listed = re.search(r"one kind: (.*?) --", " ".join(parser.format_help().split()))
    assert listed
    assert set(listed[1].split(", ")) == set(ROWS.categories)
