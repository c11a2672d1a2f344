from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pyo3ops.wheels.batch import journal
from pyo3ops.wheels.batch.journal import Entry, Journal

if TYPE_CHECKING:
    from pathlib import Path


def entry(file: Path, what: str = "a cp311", name: str = "a.whl", key: str = "k") -> Entry:
    return Entry(what, name, key, journal.digest(file) or "", file.stat().st_size, 1.5, 14)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    file = tmp_path / "built.whl"
    file.write_bytes(b"one")
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "größe out"


def test_what_was_put_is_there_in_the_next_run(built: Path, folder: Path) -> None:
    Journal(folder).put(built, entry(built))
    assert (folder / "a.whl").read_bytes() == b"one"
    again = Journal(folder)
    assert again.there("a cp311", "k") == entry(built)
    assert again.there("a cp311", "another key") is None
    assert again.there("a cp312", "k") is None
    assert sorted(path.name for path in folder.iterdir()) == [journal.FILE, "a.whl"]


@pytest.mark.parametrize("change", [b"two", None])
def test_a_file_that_was_changed_or_taken_away_is_not_there(built: Path, folder: Path, change: bytes | None) -> None:
    Journal(folder).put(built, entry(built))
    if change is None:
        (folder / "a.whl").unlink()
    else:
        (folder / "a.whl").write_bytes(change)
    assert Journal(folder).there("a cp311", "k") is None


def test_a_file_of_somebody_else_is_left_alone(built: Path, folder: Path) -> None:
    folder.mkdir()
    (folder / "a.whl").write_bytes(b"theirs")
    with pytest.raises(FileExistsError, match="pyo3ops did not make it"):
        Journal(folder).put(built, entry(built))
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("a.whl", b"theirs")]


def test_a_file_of_ours_that_somebody_changed_is_theirs_now(built: Path, folder: Path) -> None:
    Journal(folder).put(built, entry(built))
    (folder / "a.whl").write_bytes(b"repaired")
    built.write_bytes(b"two")
    with pytest.raises(FileExistsError):
        Journal(folder).put(built, entry(built))
    assert (folder / "a.whl").read_bytes() == b"repaired"


def test_a_file_that_is_the_same_is_taken_as_made(built: Path, folder: Path) -> None:
    folder.mkdir()
    (folder / "a.whl").write_bytes(b"one")
    Journal(folder).put(built, entry(built))
    assert Journal(folder).there("a cp311", "k")


def test_the_same_wheel_under_another_name_replaces_what_was_made_before(built: Path, folder: Path) -> None:
    record = Journal(folder)
    record.put(built, entry(built, name="a-manylinux_2_34.whl"))
    record.put(built, entry(built, name="a-manylinux_2_17.whl", key="zig"))
    assert sorted(path.name for path in folder.iterdir()) == [journal.FILE, "a-manylinux_2_17.whl"]


def test_what_was_made_before_and_changed_since_is_not_taken_away(built: Path, folder: Path) -> None:
    record = Journal(folder)
    record.put(built, entry(built, name="a-old.whl"))
    (folder / "a-old.whl").write_bytes(b"signed")
    record.put(built, entry(built, name="a-new.whl"))
    assert (folder / "a-old.whl").read_bytes() == b"signed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"form": 2, "made": []}',
        '{"form": 1, "made": [{"what": "a"}]}',
        '{"form": 1, "made": [{"what": 1, "name": "a", "key": "k", "sha256": "s", "size": 1}]}',
        '{"form": 1, "made": [{"what": "a", "name": "../a", "key": "k", "sha256": "s", "size": 1}]}',
        "[" * 100_000,
    ],
    ids=lambda text: text[:30],
)
def test_a_damaged_record_tells_nothing(built: Path, folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / journal.FILE).write_text(text, encoding="utf-8")
    record = Journal(folder)
    assert record.there("a cp311", "k") is None
    record.put(built, entry(built))
    assert Journal(folder).there("a cp311", "k")


def test_the_record_is_json_that_others_can_read(built: Path, folder: Path) -> None:
    Journal(folder).put(built, entry(built))
    document = json.loads((folder / journal.FILE).read_text(encoding="utf-8"))
    assert document["form"] == 1
    assert document["made"][0]["sha256"] == journal.digest(built)


def test_a_copy_that_fails_leaves_nothing(built: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = Journal(folder)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        record.put(built, entry(built))
    assert list(folder.iterdir()) == []
