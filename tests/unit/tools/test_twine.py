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


def test_what_uv_has_is_taken_before_what_it_would_fetch(tmp_path: Path) -> None:
    _program(tmp_path / "uv", '[ "$3" = --offline ]')
    assert twine.start({"PATH": f"{tmp_path}:/usr/bin:/bin"}) == ("uv", "tool", "run", "--offline", "twine")
    _program(tmp_path / "uv", '[ "$3" != --offline ]')
    assert twine.start({"PATH": f"{tmp_path}:/usr/bin:/bin"}) == ("uv", "tool", "run", "twine")
    assert twine.start({"PATH": ""}) == ("twine",)


PYPIRC = """\
[distutils]
index-servers =
    pypi
    shelf

[pypi]
password = secret

[shelf]
repository = https://shelf.example/
username = me

[other]
repository = https://other.example/
"""


def test_the_repositories_of_a_pypirc() -> None:
    assert twine.sections(PYPIRC) == (
        twine.Section("pypi", "", "", "secret"),
        twine.Section("shelf", "https://shelf.example/", "me"),
    )
    assert "secret" not in repr(twine.sections(PYPIRC))
    # As twine has it: without a list it is these two.
    text = PYPIRC.replace("[distutils]", "[x]").replace("[other]", "[testpypi]")
    assert [row.name for row in twine.sections(text)] == ["pypi", "testpypi"]
    assert twine.sections("") == ()


@pytest.mark.parametrize("text", ["password = secret", "[pypi]\npassword", "[a]\n[a]\nsecret=1"])
def test_a_garbled_pypirc(text: str) -> None:
    with pytest.raises(ValueError, match=r"^it is garbled$"):
        twine.sections(text)


def test_what_twine_says_of_its_address(tmp_path: Path) -> None:
    assert (
        twine.parse_address("Uploading distributions to https://a.example/legacy/\nERROR x")
        == "https://a.example/legacy/"
    )
    assert twine.parse_address("error: no such option") is None
    assert twine.address("pypi", {"PATH": str(tmp_path)}) is None
    _program(tmp_path / "twine", 'echo "Uploading distributions to https://${TWINE_REPOSITORY:-none}.example/"')
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "TWINE_REPOSITORY": "elsewhere"}
    assert twine.address("pypi", env) == "https://none.example/"


def test_no_secret_is_in_the_command(tmp_path: Path) -> None:
    argv = twine.upload_argv(("twine",), tmp_path / "a.whl", repository=("--repository", "pypi"), attestation="a.att")
    assert argv[-4:] == ("pypi", "--attestations", "a.whl", "a.att")
    assert twine.upload_env("", "secret")["TWINE_USERNAME"] == "__token__"
    assert "TWINE_PASSWORD" not in twine.upload_env("me", "")


@pytest.mark.parametrize(
    ("text", "words", "sent"),
    [
        ("ERROR    NonInteractive: Credential not found for API token.", "Credential not found for API token.", False),
        ("Uploading a.whl\nTraceback (most recent call last):\nValueError: x", "ValueError: x", True),
        ("Traceback\nrequests.exceptions.ConnectTimeout: slow", "requests.exceptions.ConnectTimeout: slow", True),
        ("", "twine said nothing", False),
    ],
)
def test_an_upload_without_an_answer(text: str, words: str, sent: bool) -> None:  # noqa: FBT001 - a row of a table
    said = twine.parse_upload(text, 1)
    assert said.words.endswith(words)
    assert (said.status, said.sent) == (None, sent)


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
