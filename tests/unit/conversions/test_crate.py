"""The probe as a crate: made of the rows, the same for the same rows."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from pyo3ops.conversions import crate, rows
from pyo3ops.core import toml
from pyo3ops.core.errors import UsageError
from pyo3ops.core.pythons import PythonVersion

if TYPE_CHECKING:
    from pathlib import Path

ROWS = rows.load()
NEWEST = PythonVersion(13)


@pytest.mark.parametrize("line", crate.LINES)
def test_the_manifest_names_pyo3_and_every_feature(line: str, tmp_path: Path) -> None:
    crate.write(crate.files(ROWS, NEWEST, line), tmp_path)
    manifest = toml.load(tmp_path / "Cargo.toml")
    wanted = {feature for row in ROWS.rows for feature in row.features}
    assert manifest["dependencies"]["pyo3"] == {"version": line, "features": sorted(wanted)}
    assert manifest["dependencies"]["numpy"] == line
    used = {name for row in ROWS.rows for name in row.crates}
    assert used <= set(manifest["dependencies"])
    locked = {package["name"]: package for package in toml.load(tmp_path / "Cargo.lock")["package"]}
    assert locked["pyo3"]["version"].startswith(f"{line}.")
    assert used <= set(locked)


def test_every_row_has_its_functions_and_every_function_is_registered() -> None:
    text = crate.source(ROWS.rows)
    for row in ROWS.rows:
        kinds = ("take", "back", *(["at"] if row.address else []))
        for name in (f"{kind}_{row.slug}" for kind in kinds):
            assert len(re.findall(rf"fn {name}[(<]", text)) == 1
            assert f"wrap_pyfunction!({name}, module)" in text
    for name in ("Point", "Colour", "Shape"):
        assert f"module.add_class::<{name}>()" in text


def test_an_old_python_gets_no_row_that_pyo3_has_not_for_it() -> None:
    text = {minor: crate.files(ROWS, PythonVersion(minor), "0.29")["src/rows.rs"] for minor in (8, 9)}
    assert b"chrono_tz" not in text[8]
    assert b"chrono_tz" in text[9]


def test_an_unknown_line_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(UsageError) as caught:
        crate.check("0.28")
    assert caught.value.message == "the probe is not made for PyO3 0.28"
    assert caught.value.cause == "it is for 0.29 and 0.30"


def test_what_is_as_it_should_be_keeps_its_time(tmp_path: Path) -> None:
    files = {"a.txt": b"one", "b/c.txt": b"two"}
    crate.write(files, tmp_path)
    os.utime(tmp_path / "a.txt", (1, 1))
    crate.write({**files, "b/c.txt": b"three"}, tmp_path)
    assert (tmp_path / "a.txt").stat().st_mtime == 1
    assert (tmp_path / "b/c.txt").read_bytes() == b"three"


def test_a_digest_tells_names_from_contents() -> None:
    digests = {
        crate.digest({"a": b"b"}),
        crate.digest({"ab": b""}),
        crate.digest({"a": b""}, "b"),
        crate.digest({"a": b"b"}, "rustc 1.95"),
    }
    assert len(digests) == 4
    assert crate.digest({"a": b"1", "b": b"2"}) == crate.digest({"b": b"2", "a": b"1"})
