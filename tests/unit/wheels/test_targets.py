from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.wheels import targets

if TYPE_CHECKING:
    from pathlib import Path

PY38, PY39 = PythonVersion(8), PythonVersion(9)


def built(base: Path) -> Path:
    folder = targets.target_folder(base, PY38)
    (folder / "release").mkdir()
    (folder / "release/lib.rlib").write_text("compiled", encoding="ascii")
    os.utime(folder / "release/lib.rlib", ns=(1_000_000_001, 1_000_000_001))
    (folder / "release/link").symlink_to("lib.rlib")
    targets.mark_built(folder)
    return folder


def test_the_first_folder_is_empty(tmp_path: Path) -> None:
    folder = targets.target_folder(tmp_path / "deep" / "target", PY38)
    assert folder == tmp_path / "deep/target/cp38"
    assert list(folder.iterdir()) == []


def test_the_second_starts_as_a_copy_of_the_first(tmp_path: Path) -> None:
    seed = built(tmp_path)
    folder = targets.target_folder(tmp_path, PY39)
    copy = folder / "release/lib.rlib"
    assert copy.read_text(encoding="ascii") == "compiled"
    assert copy.stat().st_mtime_ns == 1_000_000_001
    assert copy.stat().st_ino != (seed / "release/lib.rlib").stat().st_ino
    assert (folder / "release/link").is_symlink()
    # A copy is no build: it seeds nothing until one completed in it.
    assert not (folder / targets.BUILT).exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "cp38", "cp39"]


def test_a_folder_that_no_build_completed_in_seeds_nothing(tmp_path: Path) -> None:
    (targets.target_folder(tmp_path, PY38) / "half").touch()
    assert list(targets.target_folder(tmp_path, PY39).iterdir()) == []


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    own = targets.target_folder(tmp_path, PY39)
    built(tmp_path)
    assert list(targets.target_folder(tmp_path, PY39).iterdir()) == list(own.iterdir()) == []


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copytree", full)
    with pytest.raises(OSError, match="No space left"):
        targets.target_folder(tmp_path, PY39)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "cp38"]


def test_two_at_once_copy_once(tmp_path: Path) -> None:
    built(tmp_path)
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(targets.target_folder(tmp_path, PY39))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [tmp_path / "cp39"] * 4
