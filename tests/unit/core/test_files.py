from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pyo3ops.core.files import MADE, home_folder, make_empty, own_folder, write_whole


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"text")
    assert (tmp_path / "a").read_bytes() == b"text"
    before = os.umask(0o022)
    os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o666 & ~before


def test_an_old_file_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").touch(mode=0o640)
    (tmp_path / "a").chmod(0o640)
    write_whole(tmp_path / "a", b"text")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder/target")
    write_whole(tmp_path / "link", b"text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder/target").read_bytes() == b"text"


def test_what_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "a", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_home(monkeypatch: pytest.MonkeyPatch) -> None:
    assert home_folder({"HOME": "/somewhere"}) == Path("/somewhere")
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert home_folder({}) == Path("/")


def test_the_own_folder_is_ignored_by_git(tmp_path: Path) -> None:
    assert own_folder(tmp_path) == own_folder(tmp_path) == tmp_path / ".pyo3ops"
    assert (tmp_path / ".pyo3ops/.gitignore").read_text(encoding="ascii") == "*\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there a folder is no file to write either, and says it otherwise")
def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "a", b"text")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_folder_that_was_made_is_emptied_and_any_other_is_left_alone(tmp_path: Path) -> None:
    made = tmp_path / "a/b"
    make_empty(made)
    (made / "folder").mkdir()
    make_empty(made)
    assert [path.name for path in made.iterdir()] == [MADE]
    (tmp_path / "other").mkdir()
    make_empty(tmp_path / "other")
    (tmp_path / "own").mkdir()
    (tmp_path / "own/file").touch()
    with pytest.raises(FileExistsError, match="files that pyo3ops did not make"):
        make_empty(tmp_path / "own")
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["file"]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, b"data")
        assert os.read(reading, 100) == b"data"
    finally:
        os.close(reading)
    assert pipe.is_fifo()
