from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.debug.breakpoints import lines, python_places, where
from pyo3ops.debug.breakpoints.command import Command

PROGRAM = Command(Path(sys.executable), (), "{}.{}.{}".format(*sys.version_info[:3]), ())
PYTHON = '"""What it does."""\n\n\ndef f():\n    # First.\n    return (\n        1\n    )\n\n\n# The end.\n'
RUST = "fn f() -> u8 {\n    1\n}\n\n/* A comment\n   fn g() {}\n*/ // and\n\n// the end\n"


def refused(folder: Path, *places: str) -> UsageError | None:
    try:
        lines.refuse([where.parse(each) for each in places], PROGRAM, [folder], os.environ)
    except UsageError as error:
        return error
    return None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "größe 1"
    folder.mkdir()
    for name, text in {"a.py": PYTHON, "none.rs": "// nothing\n", "half.py": "def\n", "lib.rs": RUST}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("place", ["a.py:1", "a.py:2", "a.py:5", "a.py:7", "lib.rs:1", "lib.rs:3", "half.py:9"])
def test_a_line_with_code_at_it_or_after_it(folder: Path, place: str) -> None:
    assert refused(folder, place) is None


@pytest.mark.parametrize(
    ("place", "nearest"),
    [
        ("a.py:8", 7),
        ("a.py:11", 7),
        ("a.py:999", 7),
        ("lib.rs:4", 2),
        ("lib.rs:5", 2),
        ("lib.rs:9", 2),
        ("lib.rs:500", 2),
    ],
)
def test_a_line_behind_the_last_code_is_refused(folder: Path, place: str, nearest: int) -> None:
    error = refused(folder, "a.py:1", place)
    file, _, line = place.partition(":")
    assert error is not None
    assert error.message == f"{file} has no code at line {line}, or after it"
    assert error.cause == f"the last line that has some is {nearest}"
    assert error.command == f"pyo3ops debug breakpoint {file}:{nearest} -- python script.py"


def test_a_file_without_any_code(folder: Path) -> None:
    error = refused(folder, "none.rs:1")
    assert error is not None
    assert error.cause == "it has no code at all"


def test_a_file_is_looked_for_in_every_folder(folder: Path, tmp_path: Path) -> None:
    assert python_places.real("lib.rs", [tmp_path, folder]) == os.path.realpath(folder / "lib.rs")
    assert python_places.real("lib.rs", [tmp_path]) is None
