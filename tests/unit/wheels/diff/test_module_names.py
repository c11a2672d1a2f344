from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3ops.wheels.archive import Member
from pyo3ops.wheels.diff.module_names import read

if TYPE_CHECKING:
    from pathlib import Path


def member(folder: Path, name: str, text: str | bytes) -> Member:
    data = text.encode() if isinstance(text, str) else text
    path = folder / "0"
    path.write_bytes(data)
    return Member(name, len(data), 0, b"", data[:64], path)


def names(folder: Path, text: str, name: str = "tiny/mod.pyi") -> set[str]:
    module = read("tiny.mod", member(folder, name, text))
    assert module is not None
    return module.names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def f(): ...\nasync def g(): ...\nclass C: ...", {"f", "g", "C"}),
        ("x: int\ny = 1\na, (b, *c) = z\nd[0] = 1\ne.f = 2", {"x", "y", "a", "b", "c"}),
        ("import os\nimport os as os\nfrom x import y\nfrom x import z as z\nfrom x import q as r", {"os", "z"}),
        ("import sys\nif sys.version_info >= (3, 9):\n    def f(): ...\nelse:\n    def g(): ...", {"f", "g"}),
        ("try:\n    a = 1\nexcept E:\n    b = 1\nelse:\n    c = 1\nfinally:\n    d = 1", {"a", "b", "c", "d"}),
        ("with x:\n    a = 1", {"a"}),
        ("if TYPE_CHECKING:\n    T = int", {"T"}),
        ("f(1)\n'text'\npass", set()),
    ],
)
def test_what_a_stub_defines(text: str, found: set[str], tmp_path: Path) -> None:
    assert names(tmp_path, text) == found


def test_what_a_source_takes_from_others(tmp_path: Path) -> None:
    text = (
        "from os import path\nfrom .a import b, c as d\nfrom tiny.x import y\nimport json\nif TYPE_CHECKING:\n    T = 1"
    )
    assert names(tmp_path, text, "tiny/mod.py") == set()
    module = read("tiny", member(tmp_path, "tiny/__init__.py", text))
    assert module is not None
    assert module.names == {"b", "d", "y"}


@pytest.mark.parametrize(
    ("text", "listed", "stars"),
    [
        ("__all__ = ['a', 'b']", {"a", "b"}, set()),
        (
            "__all__: list[str] = ['a']\n__all__ += ['b']\n__all__.extend(('c',))\n__all__.append('d')",
            set("abcd"),
            set(),
        ),
        ("from .rust import *\n__all__ = rust.__all__", set(), {"tiny.rust"}),
        (
            "from .a import *\nfrom tiny.b import *\nfrom os import *\nfrom . import *",
            None,
            {"tiny.a", "tiny.b", "tiny"},
        ),
        ("x = 1", None, set()),
    ],
)
def test_all_and_stars(text: str, listed: set[str] | None, stars: set[str], tmp_path: Path) -> None:
    module = read("tiny", member(tmp_path, "tiny/__init__.py", text))
    assert module is not None
    assert (module.listed, module.stars) == (listed, stars)


def test_relative_imports_count_from_the_package(tmp_path: Path) -> None:
    module = read("tiny.a.b", member(tmp_path, "tiny/a/b.py", "from ..c import *\nfrom . import *"))
    assert module is not None
    assert module.stars == {"tiny.c", "tiny.a"}


def test_members_of_a_class(tmp_path: Path) -> None:
    text = (
        "class C:\n    x: int\n    def f(self): ...\n    def _g(self): ...\n    if A:\n        y = 1\n    class D: ..."
    )
    module = read("tiny", member(tmp_path, "tiny.pyi", text))
    assert module is not None
    assert module.members == {"C": {"x", "f", "y", "D"}}


@pytest.mark.parametrize(
    "text", [b"def f(:", b"\0", b"\xff\xfe x", b"(" * 5000, b"x = " + b"-" * 100_000 + b"1"], ids=range(5)
)
def test_what_is_no_python(text: bytes, tmp_path: Path) -> None:
    assert read("tiny", member(tmp_path, "tiny.py", text)) is None


def test_what_a_later_python_refuses_is_read_in_silence(tmp_path: Path) -> None:
    assert names(tmp_path, "x = '\\w'\ny = 1 is 1") == {"x", "y"}


def test_a_file_that_nobody_wrote_by_hand(tmp_path: Path) -> None:
    whole = member(tmp_path, "tiny.py", "x = 1")
    assert read("tiny", Member(whole.name, 1 << 30, 0, b"", b"", whole.path)) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "class A:",
                "    def f(self): ...",
                "x = 1",
                "from .a import *",
                "__all__ = ['x']",
                "if x:",
                "    y: int",
                "*",
            ]
        ),
        max_size=8,
    )
)
def test_any_lines_are_read_or_refused(tmp_path: Path, lines: list[str]) -> None:
    module = read("tiny", member(tmp_path, "tiny/__init__.py", "\n".join(lines)))
    assert module is None or isinstance(module.names, set)
