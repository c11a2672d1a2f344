from __future__ import annotations

import re

import pytest

from pyo3ops.core.pyo3 import deprecations, release_line, release_of, releases
from pyo3ops.core.pythons import PythonVersion


def test_every_row_is_whole_and_in_order() -> None:
    rows = releases()
    assert [row.release for row in rows] == [f"0.{minor}" for minor in range(20, 20 + len(rows))]
    for row in rows:
        assert re.fullmatch(r"1\.\d+(\.\d+)?", row.rust_version)
        assert row.python_min < row.python_max
        assert re.fullmatch(rf"pyo3 {row.release}\.\d+ Cargo.toml, pyo3-ffi {row.release}\.\d+ build.rs", row.source)
        assert row.free_threaded_min is None or row.free_threaded_min.free_threaded


def test_limits_never_fall_from_line_to_line() -> None:
    for older, newer in zip(releases(), releases()[1:]):
        assert older.python_min <= newer.python_min
        assert older.python_max <= newer.python_max


def test_what_was_measured_by_building() -> None:
    last_with_38, first_without = release_of("0.29.3"), release_of("^0.30")
    assert last_with_38 is not None
    assert first_without is not None
    assert (last_with_38.python_min, last_with_38.rust_version) == (PythonVersion(8), "1.83")
    assert (first_without.python_min, first_without.rust_version) == (PythonVersion(9), "1.85")


@pytest.mark.parametrize(
    ("version", "line"),
    [("0.29.3", "0.29"), ("^0.29", "0.29"), ("~0.28.1", "0.28"), (">=0.27, <0.30", "0.27"), ("*", None), ("1", None)],
)
def test_release_line(version: str, line: str | None) -> None:
    assert release_line(version) == line


def test_a_line_that_is_not_known() -> None:
    assert release_of("0.99.0") is None


def test_deprecations_follow_the_lines() -> None:
    def names(line: str) -> set[str]:
        return {row.name for row in deprecations(line)}

    assert "GILOnceCell" not in names("0.25")
    assert "GILOnceCell" in names("0.26")
    # Deprecated in 0.23, and gone after 0.24.
    assert ["IntoPy" in names(f"0.{minor}") for minor in (22, 23, 24, 25)] == [False, True, True, False]


def test_every_deprecation_is_whole() -> None:
    lines = [row.release for row in releases()]
    for row in {row for line in lines for row in deprecations(line)}:
        assert re.fullmatch(r"\w+", row.name)
        assert row.instead
        assert lines.index(row.first) <= lines.index(row.last or lines[-1])


@pytest.mark.parametrize("line", ["", "0.1", "9.9", "0.29.3", "nonsense"])
def test_a_line_that_is_not_known_deprecates_nothing(line: str) -> None:
    assert deprecations(line) == ()
