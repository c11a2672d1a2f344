from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.stacks.verdicts.reading import from_disk

if TYPE_CHECKING:
    from pathlib import Path


def test_sources_are_read_below_the_given_folders_alone(tmp_path: Path) -> None:
    inside, outside = tmp_path / "project" / "lib.rs", tmp_path / "other.rs"
    inside.parent.mkdir()
    for file in (inside, outside):
        file.write_text("fn f() {}\n", encoding="utf-8")
    (inside.parent / "link.rs").symlink_to(outside)
    read = from_disk([inside.parent])

    assert read(str(inside)) == ["fn f() {}"]
    assert read(str(outside)) is None
    assert read(str(inside.parent / "link.rs")) is None
    assert from_disk()(str(outside)) == ["fn f() {}"]


def test_what_is_no_source_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("x", encoding="utf-8")

    assert from_disk()(str(secret)) is None
    assert from_disk()(str(tmp_path / "missing.rs")) is None
    assert from_disk()("src/lib.rs") is None
    assert from_disk()("/\0.rs") is None
