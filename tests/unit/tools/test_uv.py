from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pyo3ops.tools import uv
from pyo3ops.tools.uv import Indexed

ROW = {"name": "house", "url": "https://house.example/simple", "publish-url": "https://house.example/upload/"}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([ROW], [Indexed(*ROW.values())]),
        ([{**ROW, "publish-url": ""}, {"name": "x"}, 1, ROW], [Indexed(*ROW.values())]),
        ("garbled", []),
        (None, []),
    ],
)
def test_indexes_that_can_be_published_to(rows: object, expected: list[Indexed]) -> None:
    assert list(uv.indexes({"tool": {"uv": {"index": rows}}})) == expected


@pytest.mark.parametrize("pyproject", [{}, {"tool": []}, {"tool": {"uv": 1}}, {"tool": {"uv": {"publish-url": 1}}}])
def test_a_pyproject_that_says_nothing(pyproject: dict[str, Any]) -> None:
    assert not uv.publish_url(pyproject)
    assert list(uv.indexes(pyproject)) == []


def test_where_everything_is_published_to() -> None:
    assert uv.publish_url({"tool": {"uv": {"publish-url": "https://a.example/"}}}) == "https://a.example/"


def test_no_secret_is_in_the_command() -> None:
    argv = uv.publish_argv(Path("folder/a.whl"), "https://a.example/")
    assert argv[-3:] == ("--publish-url", "https://a.example/", "a.whl")
    assert uv.publish_argv(Path("a.whl"), trusted=True)[-3:] == ("--trusted-publishing", "always", "a.whl")
    assert uv.publish_env("", "s")["UV_PUBLISH_USERNAME"] == "__token__"
    assert "UV_PUBLISH_PASSWORD" not in uv.publish_env("me", "")


def test_the_last_error_is_the_one_that_counts() -> None:
    text = (
        "Publishing 1 file\nUploading a.whl\nerror: Trusted publishing failed\n  cause: x\nerror: Failed\n  cause: Y\n"
    )
    assert (uv.parse_publish(text, 2).words, uv.parse_publish(text, 2).sent) == ("Y", True)
    early = uv.parse_publish("error: Failed to read metadata\n  cause: no zip\n", 2)
    assert (early.words, early.sent, early.status) == ("no zip", False, None)
