from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.core.requirement import admits


@pytest.mark.parametrize(
    ("requirement", "inside", "outside"),
    [
        # The examples of the Cargo Book, "Specifying Dependencies".
        ("1.2.3", ["1.2.3", "1.9.0"], ["1.2.2", "2.0.0"]),
        ("1.2", ["1.2.0", "1.9.9"], ["1.1.9", "2.0.0"]),
        ("1", ["1.0.0", "1.9.9"], ["0.9.9", "2.0.0"]),
        ("0.2.3", ["0.2.3", "0.2.9"], ["0.2.2", "0.3.0"]),
        ("0.2", ["0.2.0", "0.2.9"], ["0.1.9", "0.3.0"]),
        ("0.0.3", ["0.0.3"], ["0.0.2", "0.0.4"]),
        ("0.0", ["0.0.0", "0.0.9"], ["0.1.0"]),
        ("0", ["0.0.0", "0.9.9"], ["1.0.0"]),
        ("^0.29.0", ["0.29.3"], ["0.30.0"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.2.2", "1.3.0"]),
        ("~1.2", ["1.2.0"], ["1.3.0"]),
        ("~1", ["1.9.0"], ["2.0.0"]),
        ("*", ["0.0.1", "9.9.9"], []),
        ("1.*", ["1.0.0", "1.9.9"], ["2.0.0"]),
        ("1.2.*", ["1.2.9"], ["1.3.0"]),
        (">=1.2.0", ["1.2.0", "9.0.0"], ["1.1.9"]),
        (">1.2", ["1.3.0"], ["1.2.9"]),
        ("<2", ["1.9.9"], ["2.0.0"]),
        ("<=1.2", ["1.2.9"], ["1.3.0"]),
        ("=1.2.3", ["1.2.3", "1.2.3+build"], ["1.2.4"]),
        (">=1.2, <1.5", ["1.4.9"], ["1.5.0", "1.1.0"]),
    ],
)
def test_admits(requirement: str, inside: list[str], outside: list[str]) -> None:
    assert [admits(requirement, version) for version in inside] == [True] * len(inside)
    assert [admits(requirement, version) for version in outside] == [False] * len(outside)


@pytest.mark.parametrize(("requirement", "version"), [("nonsense", "1.0.0"), ("1.0", "one"), ("", "1.0.0")])
def test_what_is_garbled_is_not_judged(requirement: str, version: str) -> None:
    assert admits(requirement, version) is None


@given(st.text(), st.text())
def test_no_text_raises(requirement: str, version: str) -> None:
    assert admits(requirement, version) in (None, True, False)
