from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.tools import build_id_folders

if TYPE_CHECKING:
    from pathlib import Path


def test_a_companion_is_where_gdb_looks(tmp_path: Path) -> None:
    assert build_id_folders.companion(tmp_path, "abcdef01") is None
    path = tmp_path / ".build-id/ab/cdef01.debug"
    path.parent.mkdir(parents=True)
    path.touch()
    assert build_id_folders.companion(tmp_path, "abcdef01") == path
    assert build_id_folders.relative("abcdef01") == ".build-id/ab/cdef01.debug"


@pytest.mark.parametrize("build_id", ["", "abc", "../../etc", "ab/../../..", "ABCDEF01", "abcd\n", "a" * 129, "xyzw"])
def test_what_is_no_build_id_leads_nowhere(build_id: str, tmp_path: Path) -> None:
    assert not build_id_folders.valid(build_id)
    assert build_id_folders.companion(tmp_path, build_id) is None


def test_the_library_itself_is_beside_its_companion(tmp_path: Path) -> None:
    assert build_id_folders.files(tmp_path, "abcdef01") == ()
    folder = tmp_path / ".build-id/ab"
    folder.mkdir(parents=True)
    (folder / "cdef01.debug").touch()
    assert build_id_folders.files(tmp_path, "abcdef01") == (folder / "cdef01.debug",)
    (folder / "cdef01").touch()
    assert build_id_folders.files(tmp_path, "abcdef01") == (folder / "cdef01", folder / "cdef01.debug")
    assert build_id_folders.files(tmp_path, "../../etc") == ()
