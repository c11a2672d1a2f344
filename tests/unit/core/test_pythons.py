from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.core.pythons import PythonVersion


@pytest.mark.parametrize("text", ["3.13t", "cp313t", "python3.13t", " 3.13t "])
def test_parse(text: str) -> None:
    assert PythonVersion.parse(text) == PythonVersion(13, free_threaded=True)


@pytest.mark.parametrize("text", ["", "3", "2.7", "3.x", "3.8.1", "pypy3.10", "cp", "3.100", "3.8tt"])
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(ValueError, match="is no Python version like"):
        PythonVersion.parse(text)


@given(st.integers(0, 99), st.booleans())
def test_both_spellings_are_read_back(minor: int, free_threaded: bool) -> None:  # noqa: FBT001
    version = PythonVersion(minor, free_threaded)
    assert PythonVersion.parse(str(version)) == PythonVersion.parse(version.tag) == version


def test_order_is_by_number() -> None:
    texts = ["3.13t", "3.9", "3.13", "3.10"]
    assert sorted(texts, key=PythonVersion.parse) == ["3.9", "3.10", "3.13", "3.13t"]
