"""What is about one project after another: tests/unit/release/test_bump.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops import __version__
from pyo3ops.core import discover
from pyo3ops.core.errors import ConfigError
from pyo3ops.core.stated import change_log, is_pure, leading, places, stated
from pyo3ops.core.version_places import decoded, encoded, exact_text

ROOT = Path(__file__).parents[3]


def test_this_project() -> None:
    # Its crates are examples: no cargo is asked, and none of them states its version.
    project = discover.read_project(ROOT, {"PATH": ""})
    assert is_pure(project)
    found = stated(project)
    assert [(each.version, each.path) for each in found] == [(__version__, "pyo3ops/__init__.py")]
    assert leading(project) == found[0]
    assert [place.follows for place in places(project)] == [False]


@pytest.mark.parametrize("name", ["CHANGELOG.md", "changes.rst", "NEWS", "HISTORY.txt"])
def test_change_logs_by_name(name: str, tmp_path: Path) -> None:
    assert change_log(tmp_path) is None
    (tmp_path / name).touch()
    assert change_log(tmp_path) == tmp_path / name


def test_the_configured_change_log(tmp_path: Path) -> None:
    (tmp_path / "CHANGELOG.md").touch()
    (tmp_path / "log.md").touch()
    assert change_log(tmp_path, "log.md") == tmp_path / "log.md"
    with pytest.raises(ConfigError, match=r"there is no docs/log\.md"):
        change_log(tmp_path, "docs/log.md")


@pytest.mark.parametrize("data", [b"", b"a\r\n", b"\xef\xbb\xbfa", b"\xff\xfe", "größe".encode()])
def test_bytes_come_back(data: bytes) -> None:
    assert encoded(decoded(data), data) == data


def test_a_text_that_is_not_there(tmp_path: Path) -> None:
    assert exact_text(tmp_path) == exact_text(tmp_path / "gone") == ""
