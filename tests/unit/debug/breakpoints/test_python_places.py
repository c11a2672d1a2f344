"""What files tell of places in Python before a program begins."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.debug.breakpoints import python_places, where
from pyo3ops.debug.breakpoints.command import Command

TEXT = "class C:\n    def method(self):\n        def inner(): pass\n\ndef leaf(): pass\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text(TEXT, encoding="utf-8")
    (tmp_path / "half.py").write_text("def\n", encoding="utf-8")
    (tmp_path / "site" / "package").mkdir(parents=True)
    (tmp_path / "site" / "package" / "there.py").write_text("", encoding="utf-8")
    return tmp_path


def refused(folder: Path, place: str) -> UsageError | None:
    program = Command(Path(sys.executable), (), "{}.{}.{}".format(*sys.version_info[:3]), (folder / "site",))
    try:
        python_places.refuse([where.parse(place)], program, [folder], os.environ)
    except UsageError as error:
        return error
    return None


@pytest.mark.parametrize(
    "place",
    [
        "a.py::C.method",
        "a.py::C.method.inner",
        "a.py::leaf if x == 1",
        "a.py:3 if [y for y in x]",
        "half.py::f",
        "there.py:3",
        "package/there.py:3",
        "json/decoder.py:3",
        "no_such_module:function",
        "my_crate::function if x =",
    ],
)
def test_what_may_be(folder: Path, place: str) -> None:
    assert refused(folder, place) is None


@pytest.mark.parametrize(
    ("place", "message", "cause", "next_place"),
    [
        ("a.py::lef", "a.py has no function lef", "it has leaf", "a.py::leaf"),
        ("a.py::zzz", "a.py has no function zzz", "it has C", "a.py::C"),
        ("nofile.py:3", "there is no file nofile.py", "neither here nor where", "script.py:30"),
        ("other/there.py:3", "there is no file other/there.py", "neither here nor where", "script.py:30"),
        ("a.py:2 if x y", "the condition `x y` is no Python", "", "a.py:2"),
    ],
)
def test_what_cannot_be_is_refused(folder: Path, place: str, message: str, cause: str, next_place: str) -> None:
    error = refused(folder, place)
    assert error is not None
    assert error.message == message
    assert error.cause
    assert cause in error.cause
    assert error.command == f"pyo3ops debug breakpoint {next_place} -- python script.py"
