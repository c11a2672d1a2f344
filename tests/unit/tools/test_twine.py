from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pyo3ops.tools import twine

if TYPE_CHECKING:
    from pathlib import Path

# As twine 7.0.0 printed it, which breaks long names where the terminal ends.
PASSED = "Checking \npypi/psycopg2_binary-2.9.13-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_\n64.whl: PASSED\n"
FAILED = """\
Checking dist/pkg-1.0-py3-none-any.whl: \x1b[31mFAILED\x1b[0m
\x1b[31mERROR   \x1b[0m `long_description` has syntax errors in markup and would not be rendered on PyPI.
         line 2: Warning: Title underline too short.
"""


def test_what_it_prints() -> None:
    assert twine.parse(PASSED, "twine").passed is True
    failed = twine.parse(FAILED, "twine")
    assert failed.passed is False
    assert failed.lines[-1] == "line 2: Warning: Title underline too short."
    assert twine.parse("error: no such command\n", "twine").by == "twine did not answer: error: no such command"
    assert twine.parse("", "twine").passed is None


def test_where_it_is(tmp_path: Path) -> None:
    assert twine.command({"PATH": str(tmp_path)}) is None
    assert twine.check(tmp_path / "a.whl", {"PATH": str(tmp_path)}).by == "twine is not here"
    _program(tmp_path / "uv", "")
    assert twine.command({"PATH": str(tmp_path)}) == ("uv", "tool", "run", "--offline", "twine")
    assert twine.command({"PATH": str(tmp_path)}, online=True) == ("uv", "tool", "run", "twine")
    _program(tmp_path / "twine", "echo Checking a.whl: PASSED")
    assert twine.command({"PATH": str(tmp_path)}) == ("twine",)
    assert twine.check(tmp_path / "a.whl", {"PATH": f"{tmp_path}:/usr/bin:/bin"}).passed is True


def _program(path: Path, line: str) -> None:
    if sys.platform == "win32":
        pytest.skip("the program of this test is a shell script")
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Title\n=====\n\nText.", False),
        ("Title\n===\n\nText.", False),
        ("A title\n=====\n", True),
        ("=======\nTitle\n=======\n", False),
        ("Text of two\nlines\n----\n", False),
        ("- an item\n----\n", False),
        ("größere Überschrift\n=======\n", False),
        (".. code-block:: python\n\n    ``x\n", False),
        (".. |x| image:: a.png\n", False),
        (".. automodule:: x\n", True),
        ("    .. automodule:: x\n", False),
        ("A ``word`` and `another`_ one.", False),
        ("A ``word that never ends.", True),
        ("A `word that never ends.", True),
        ("A **word that never ends.", True),
        ("2 ** 3, and a` b", False),
        ("An escaped \\`backtick.", False),
        ("Example::\n\n    it`s\n", False),
    ],
)
def test_plain_rules(text: str, wrong: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a row of a table
    monkeypatch.setitem(sys.modules, "docutils.core", None)
    assert bool(twine.wrong_with(text)) is wrong


@pytest.mark.skipif(twine.reader() != "docutils", reason="docutils is not here")
@pytest.mark.parametrize("text", ["A title\n=====\n", ".. automodule:: x\n", "A ``word that never ends.", "`gone`_"])
def test_docutils_knows_more(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert twine.wrong_with(text)
    assert capsys.readouterr() == ("", "")
    assert twine.wrong_with("Title\n=====\n\nText with ``code``.\n") == ()
