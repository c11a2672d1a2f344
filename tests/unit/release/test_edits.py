from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.core import files
from pyo3ops.core.errors import ConfigError
from pyo3ops.release import edits
from pyo3ops.release.edits import Edit, carry_out, edits_of, put_back

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, **texts: str) -> list[Path]:
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    return [folder / name for name in texts]


def shown(found: tuple[Edit, ...]) -> list[tuple[int, str, str]]:
    return [(edit.line, edit.before, edit.after) for edit in found]


def test_an_edit_is_a_line(tmp_path: Path) -> None:
    (file,) = written(tmp_path, one="a\r\nb\r\nc")
    found = edits_of(file, "one", "a\r\nB\r\nc")
    assert shown(found) == [(2, "b", "B")]
    assert carry_out(found) == (file,)
    assert file.read_bytes() == b"a\r\nB\r\nc"


def test_lines_that_come_and_go(tmp_path: Path) -> None:
    (file,) = written(tmp_path, one="a\nb\nc\nd\n")
    assert shown(edits_of(file, "one", "a\nx\ny\nb\nc\nd\n")) == [(2, "", "x"), (3, "", "y")]
    assert shown(edits_of(file, "one", "a\nd\n")) == [(2, "b", ""), (2, "c", "")]


def test_a_byte_order_mark_and_bytes_that_are_no_text_stay(tmp_path: Path) -> None:
    file = tmp_path / "one"
    file.write_bytes(b"\xef\xbb\xbfa \xff\nb\n")
    carry_out(edits_of(file, "one", "a \udcff\nB\n"))
    assert file.read_bytes() == b"\xef\xbb\xbfa \xff\nB\n"


def test_nothing_to_change_is_nothing_written(tmp_path: Path) -> None:
    (file,) = written(tmp_path, one="a\n")
    before = file.stat()
    assert carry_out(edits_of(file, "one", "a\n")) == ()
    assert file.stat() == before


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    found = edits_of(tmp_path / "new", "new", "a\n")
    carry_out(found)
    assert (tmp_path / "new").read_text() == "a\n"
    assert put_back(found) == ()
    assert not (tmp_path / "new").exists()


def test_a_file_that_changed_meanwhile_is_left(tmp_path: Path) -> None:
    one, two = written(tmp_path, one="a\n", two="a\n")
    found = edits_of(one, "one", "b\n") + edits_of(two, "two", "b\n")
    two.write_text("mine\n")
    with pytest.raises(ConfigError, match="changed while this was planned"):
        carry_out(found)
    assert (one.read_text(), two.read_text()) == ("a\n", "mine\n")


def test_a_read_only_file_is_left(tmp_path: Path) -> None:
    one, two = written(tmp_path, one="a\n", two="a\n")
    two.chmod(0o444)
    with pytest.raises(ConfigError, match="read-only"):
        carry_out(edits_of(one, "one", "b\n") + edits_of(two, "two", "b\n"))
    assert (one.read_text(), two.read_text()) == ("a\n", "a\n")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_all_files_or_none(error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: tuple[Edit, ...] = ()
    paths = written(tmp_path, one="a\n", two="a\n", three="a\n")
    for path in paths:
        found += edits_of(path, path.name, "b\n")

    def full(path: Path, data: bytes) -> None:
        if path.name == "three" and data == b"b\n":
            raise error
        files.write_whole(path, data)

    monkeypatch.setattr(edits, "write_whole", full)
    expected = ConfigError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected) as caught:
        carry_out(found)
    assert [path.read_text() for path in paths] == ["a\n"] * 3
    if isinstance(error, OSError):
        assert "all files are as they were" in str(caught.value)


def test_what_is_behind_a_link_is_edited(tmp_path: Path) -> None:
    (file,) = written(tmp_path, one="a\n")
    (tmp_path / "link").symlink_to(file)
    carry_out(edits_of(tmp_path / "link", "link", "b\n"))
    assert (tmp_path / "link").is_symlink()
    assert file.read_text() == "b\n"


def test_two_plans_of_one_file(tmp_path: Path) -> None:
    (file,) = written(tmp_path, one="a\n")
    with pytest.raises(ConfigError, match="two plans want to change two"):
        carry_out(edits_of(file, "one", "b\n") + edits_of(file, "two", "c\n"))
    assert file.read_text() == "a\n"


def test_put_back_leaves_what_changed_since(tmp_path: Path) -> None:
    one, two = written(tmp_path, one="a\n", two="a\n")
    found = edits_of(one, "one", "b\n") + edits_of(two, "two", "b\n")
    carry_out(found)
    two.write_text("mine\n")
    assert put_back(found) == ()
    assert (one.read_text(), two.read_text()) == ("a\n", "mine\n")


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        edits_of(tmp_path, "one", "b\n")
