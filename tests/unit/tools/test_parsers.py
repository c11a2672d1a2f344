"""The pure halves of the tools: recorded output of the real programs, and whatever else a program may print."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools import cargo, maturin, python, rustc

DATA = Path(__file__).parents[2] / "data" / "tools"


def recorded(name: str) -> str:
    return (DATA / f"{name}.txt").read_text(encoding="utf-8")


def test_rustc() -> None:
    assert rustc.parse(recorded("rustc-linux")) == rustc.Rustc((1, 95, 0), "1.95.0", "x86_64-unknown-linux-gnu")
    assert rustc.parse(recorded("rustc-nightly")).version == (1, 97, 0)
    assert rustc.parse(recorded("rustc-linux")).architecture == "x86_64"


def test_cargo() -> None:
    assert cargo.parse(recorded("cargo-linux")) == cargo.Cargo((1, 95, 0), "1.95.0")


def test_maturin() -> None:
    assert maturin.parse(recorded("maturin-linux")) == maturin.Maturin("1.16.0")


@pytest.mark.parametrize("name", ["python3.8-linux", "python3.13-linux"])
def test_python(name: str) -> None:
    said = python.parse_probe(Path("/asked"), recorded(name))
    assert isinstance(said, python.Interpreter)
    assert said.version == PythonVersion.parse(name.split("-", maxsplit=1)[0])
    assert (said.implementation, said.headers, said.shared, said.machine, said.bits) == (
        "cpython",
        True,
        True,
        "x86_64",
        64,
    )


@pytest.mark.parametrize(
    ("text", "expected"), [("1.83", (1, 83, 0)), ("1.83.1", (1, 83, 1)), ("1.97.0-nightly", (1, 97, 0)), ("x", ())]
)
def test_rust_version(text: str, expected: tuple[int, ...]) -> None:
    assert rustc.rust_version(text) == expected


@pytest.mark.parametrize(
    ("release", "specifier", "expected"),
    [("1.16.0", ">=1.9,<2", True), ("1.8.0", ">=1.9,<2", False), ("2.0.0b1", ">=1.9,<3", True), ("1.0", None, True)],
)
def test_maturin_admitted_by(release: str, specifier: str | None, expected: bool) -> None:  # noqa: FBT001
    assert maturin.Maturin(release).admitted_by(specifier) is expected


@given(st.text())
def test_whatever_a_program_prints_is_read_or_refused(text: str) -> None:
    assert rustc.parse(text).error
    assert cargo.parse(text).error or text.startswith("cargo ")
    assert maturin.parse(text).error or text.startswith("maturin ")
    assert isinstance(python.parse_probe(Path("/asked"), text), python.DeadInterpreter)


@pytest.mark.parametrize("text", ["{}", "[]", "{'version': 3}", "(" * 5000, "{'executable': ''}", "1 + 1"])
def test_what_no_python_says(text: str) -> None:
    assert python.parse_probe(Path("/asked"), text) == python.DeadInterpreter(
        Path("/asked"), "did not describe itself as a Python would"
    )
