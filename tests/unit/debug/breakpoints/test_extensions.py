from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.debug.breakpoints import extensions

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

RUST = b"\x7fELF" + b"\0" * 60 + b"/rustc/0123/library"


def put(file: Path, data: bytes = RUST) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def test_libraries_of_rust_where_a_program_imports_from(tmp_path: Path) -> None:
    one = put(tmp_path / "site/one.so")
    two = put(tmp_path / "site/package/deep/two.abi3.so")
    built = put(tmp_path / "target/release/libthree.so")
    put(tmp_path / "site/c.so", b"\x7fELF of C")
    put(tmp_path / "site/text.so", b"/rustc/")
    put(tmp_path / "site/empty.so", b"")
    put(tmp_path / "site/a/b/c/too_deep.so")
    put(tmp_path / "site/.hidden/four.so")
    put(tmp_path / "site/__pycache__/five.so")
    (tmp_path / "site/folder.so").mkdir()
    (tmp_path / "site/again").symlink_to(tmp_path / "site")
    (tmp_path / "site/same.so").symlink_to(one)
    found = extensions.find([tmp_path / "site", tmp_path / "none", tmp_path / "site"], [tmp_path / "target"])
    assert found == (one, two, built)


def test_a_huge_tree_is_not_walked_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        put(tmp_path / f"{number:02}/x.so")
    monkeypatch.setattr(extensions, "FOLDERS", 11)
    assert len(extensions.find([tmp_path])) == 10
