from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.core.model import Status
from pyo3ops.tasks.wheels.plan import Request, run

if TYPE_CHECKING:
    from pathlib import Path

WHEEL = "demo-0.1.0-cp38-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
MANIFEST = """\
[package]
name = "demo"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = { version = "0.29", features = ["abi3-py38"] }
"""
PYPROJECT = """\
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "NAME"
version = "0.1.0"
classifiers = ["Programming Language :: Python :: 3.8", "Programming Language :: Python :: 3.13"]

[tool.pyo3ops.wheels]
targets = ["x86_64-unknown-linux-gnu"]
"""


def make(folder: Path, name: str = "demo") -> Path:
    if shutil.which("cargo") is None:
        pytest.skip("cargo is not here")
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "lib.rs").touch()
    (folder / "Cargo.toml").write_text(MANIFEST.replace('"demo"', f'"{name}"'))
    (folder / "pyproject.toml").write_text(PYPROJECT.replace("NAME", name))
    return folder


def plan(root: Path, **options: Any) -> Any:
    return run(root, Request(os.environ, **options))


def with_files(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(b"a")
    return folder


def test_the_set_and_why(tmp_path: Path) -> None:
    report = plan(make(tmp_path / "demo"))
    (table,) = report.tables
    assert table.title.startswith("demo 0.1.0")
    assert [row[0] for row in table.rows] == ["sdist", "cp38-abi3"]
    assert "3.8, 3.13" in table.rows[1]
    assert "abi3 from 3.8 on covers 3.8 to 3.13" in table.rows[1]
    assert {fact.name: fact.value for fact in report.facts}["release"] == "demo 0.1.0: 2 files"
    assert report.findings == ()
    assert report.project == "demo"


def test_what_is_left_out_has_a_table_of_its_own(tmp_path: Path) -> None:
    root = make(tmp_path / "demo")
    with (root / "pyproject.toml").open("a") as file:
        file.write('also = { "pp311-pypy311_pp73 *" = "PyPy" }\nwithout = { "cp38-*" = "no user" }\n')
    ours, left = plan(root).tables
    assert [row[0] for row in ours.rows] == ["sdist", "pp311-pypy311_pp73"]
    assert "PyPy 3.11" in ours.rows[1]
    assert left.rows == (("cp38-abi3 x86_64-unknown-linux-gnu", "no user"),)


def test_several_members_answer_for_their_own_files(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.pyo3ops]\ncrates = ["one", "two"]\n')
    make(tmp_path / "one", "one")
    make(tmp_path / "two", "two")
    dist = with_files(tmp_path / "dist", WHEEL.replace("demo", "one"), "one-0.1.0.tar.gz", "two-0.1.0.tar.gz")
    report = plan(tmp_path, against=dist)
    assert report.project == tmp_path.name
    assert [(each.id, each.status) for each in report.findings] == [
        ("wheels.set.one", Status.OK),
        ("wheels.set.two", Status.FAIL),
    ]
    assert [table.title.split()[0] for table in plan(tmp_path, names=("two",)).tables] == ["two"]


def test_what_is_no_file_is_not_there(tmp_path: Path) -> None:
    dist = with_files(tmp_path / "dist", "demo-0.1.0.tar.gz")
    (dist / WHEEL).mkdir()
    (dist / "demo-0.1.0.tar.gz").write_bytes(b"")
    (finding,) = plan(make(tmp_path / "demo"), against=dist).findings
    assert (finding.status, finding.evidence[-1]) == (Status.FAIL, "the sdist")


def test_files_of_nobody_are_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.pyo3ops]\ncrates = ["one", "two"]\n')
    make(tmp_path / "one", "one")
    make(tmp_path / "two", "two")
    dist = with_files(tmp_path / "dist", "other-1.0.tar.gz", WHEEL.replace("demo", "One"))
    found = {each.id: each for each in plan(tmp_path, against=dist).findings}
    assert "other-1.0.tar.gz" in found["wheels.set.others"].title
    assert found["wheels.set.one"].evidence == ("the sdist",)


def test_a_folder_with_the_whole_set(tmp_path: Path) -> None:
    dist = with_files(tmp_path / "dist", WHEEL, "demo-0.1.0.tar.gz", "notes.txt")
    (finding,) = plan(make(tmp_path / "demo"), against=dist).findings
    assert (finding.status, finding.detail) == (Status.OK, "1 wheels and the sdist")


def test_what_is_missing_and_what_is_too_much(tmp_path: Path) -> None:
    other = WHEEL.replace("x86_64", "aarch64")
    report = plan(make(tmp_path / "demo"), against=with_files(tmp_path / "dist", other))
    missing, others = report.findings
    assert missing.status is others.status is Status.FAIL
    assert missing.evidence == ("cp38-abi3 x86_64-unknown-linux-gnu", "the sdist")
    assert missing.detail.startswith("2 of 2 are missing")
    assert missing.fix.argv == ("pyo3ops", "wheels", "build")
    assert others.title == f"{other} is planned"
    assert others.detail == "it is not planned"
    assert others.fix


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read .*nowhere"):
        plan(make(tmp_path / "demo"), against=tmp_path / "nowhere")


def test_a_project_without_an_extension(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "demo"\n')
    with pytest.raises(ConfigError, match="no extension module"):
        plan(tmp_path)
