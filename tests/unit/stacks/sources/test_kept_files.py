from __future__ import annotations

import os
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest

from pyo3ops.stacks.sources import kept_files

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gdb is not asked there")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))


def instead(tmp_path: Path) -> Path:
    return tmp_path / f"tmp/pyo3ops-{os.geteuid()}"


def test_it_is_where_users_have_caches(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path / "home")}
    assert kept_files.folder(home) == tmp_path / "home/.cache/pyo3ops"
    assert kept_files.folder({**home, "XDG_CACHE_HOME": str(tmp_path / "x")}) == tmp_path / "x/pyo3ops"
    # The specification has relative ones ignored.
    assert kept_files.folder({**home, "XDG_CACHE_HOME": "x"}) == tmp_path / "home/.cache/pyo3ops"
    assert (tmp_path / "x/pyo3ops").stat().st_mode & 0o777 == 0o700


def test_where_there_is_no_place_for_it_there_is_a_temporary_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert kept_files.folder({"XDG_CACHE_HOME": str(tmp_path / "file")}) == instead(tmp_path)


@pytest.mark.parametrize("name", ["", kept_files.COMPILED])
def test_no_code_is_taken_from_where_others_may_write(tmp_path: Path, name: str) -> None:
    place = tmp_path / "x/pyo3ops"
    place.mkdir(parents=True, mode=0o700)
    (place / name).mkdir(exist_ok=True)
    (place / name).chmod(0o777)
    assert kept_files.folder({"XDG_CACHE_HOME": str(tmp_path / "x")}) == instead(tmp_path)


def test_a_link_that_somebody_left_there_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o700)
    (tmp_path / "file").touch()
    instead(tmp_path).symlink_to(tmp_path / "theirs")
    assert kept_files.folder({"XDG_CACHE_HOME": str(tmp_path / "file")}) is None


def test_the_oldest_of_what_is_too_much_go(tmp_path: Path) -> None:
    for age, name in enumerate(("a/new", "b/old", "older")):
        file = tmp_path / "full" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * 10)
        os.utime(file, (1000 - age, 1000 - age))
    kept_files.keep_small(tmp_path / "full", 20)
    assert sorted(each.name for each in (tmp_path / "full").rglob("*") if each.is_file()) == ["new", "old"]
    kept_files.keep_small(tmp_path / "none", 0)
