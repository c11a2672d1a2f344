from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.wheels.inspection import stubs

from .made import linux, wheel, word

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ((), "skip"),
        (("pkg/py.typed",), "warn"),
        (("pkg/pkg.pyi",), "warn"),
        (("pkg/__init__.pyi",), "warn"),
        (("pkg/pkg.pyi", "pkg/py.typed"), "ok"),
        (("pkg/__init__.pyi", "pkg/py.typed"), "ok"),
        (("pkg/pkg/__init__.pyi", "pkg/py.typed"), "ok"),
        (("pkg/pkg.py", "pkg/py.typed"), "ok"),
    ],
)
def test_types(files: tuple[str, ...], status: str, tmp_path: Path) -> None:
    found = wheel(linux(), files=dict.fromkeys(files, ""), folder=tmp_path)
    assert word(stubs.stubs, found) == status


def test_types_of_a_module_deep_inside(tmp_path: Path) -> None:
    files = dict.fromkeys(("pkg/py.typed", "pkg/_core/_rust.pyi"), "")
    assert word(stubs.stubs, wheel(linux("pkg/_core/_rust.abi3.so"), files=files, folder=tmp_path)) == "ok"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("def f() -> int: ...\n", "ok"),
        ("def f( -> int: ...\n", "warn"),
        ("type A = list[int]\ndef f[T](a: T) -> T: ...\n", "ok"),
    ],
)
def test_a_stub_that_does_not_parse(text: str, status: str, tmp_path: Path) -> None:
    found = wheel(linux(), files={"pkg/pkg.pyi": text, "pkg/py.typed": ""}, folder=tmp_path)
    assert word(stubs.stubs, found) == status
