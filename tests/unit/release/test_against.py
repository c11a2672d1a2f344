from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.release import against, manifest
from pyo3ops.release.readback import UNKNOWN
from tests.unit.release.shelf import FILES, SDIST, WHEEL, entry, sha256

if TYPE_CHECKING:
    from pathlib import Path


def laid_down(folder: Path) -> Path:
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    return folder


def test_what_was_sealed(tmp_path: Path) -> None:
    assert against.sealed(tmp_path) is None
    found = manifest.seal(sorted(laid_down(tmp_path / "dist").iterdir()), tmp_path / "r", project="spam", version="1.0")
    held = against.sealed(tmp_path / "r")
    assert held
    assert (held.manifest, held.independent) == (found, True)
    (tmp_path / "r" / "manifest.json").write_text("{}")
    with pytest.raises(ConfigError):
        against.sealed(tmp_path / "r")


def test_a_folder_with_and_without_a_manifest(tmp_path: Path) -> None:
    dist = laid_down(tmp_path / "dist")
    (dist / "notes.txt").write_text("no distribution")
    held = against.of_folder(dist, "spam", "1.0", tmp_path / "scratch")
    assert {file.name: file.sha256 for file in held.manifest.files} == {n: sha256(data) for n, data in FILES.items()}
    manifest.seal([dist / name for name in FILES], tmp_path / "r", project="spam", version="1.0", commit="c0ffee" * 7)
    held = against.of_folder(tmp_path / "r", "spam", "1.0", tmp_path / "more")
    assert held.manifest.commit == "c0ffee" * 7


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        against.of_folder(tmp_path / "none", "spam", "1.0", tmp_path / "scratch")
    with pytest.raises(UsageError, match="no wheel and no sdist"):
        against.of_folder(tmp_path, "spam", "1.0", tmp_path / "scratch")
    with pytest.raises(UsageError, match="version"):
        against.of_folder(laid_down(tmp_path / "dist"), "spam", "2.0", tmp_path / "scratch")


def test_the_word_of_the_index(tmp_path: Path) -> None:
    bare = replace(entry(SDIST, FILES[SDIST]), hashes=(("md5", "0"),), size=None)
    held = against.of_index((entry(WHEEL, FILES[WHEEL]), bare, entry("spam-2.0.tar.gz", b"x")), "spam", "1.0")
    assert [(file.name, file.size, file.sha256) for file in held.manifest.files] == [
        (WHEEL, len(FILES[WHEEL]), sha256(FILES[WHEEL])),
        (SDIST, UNKNOWN, ""),
    ]
    assert not held.independent
    assert not list(tmp_path.iterdir())
