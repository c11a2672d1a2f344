from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.wheels import pdb

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

GUID = bytes(range(16))
RECORD = b"RSDS" + GUID + b"\2\0\0\0tiny.pdb\0"
MSF = b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0"


def test_a_record_counts_in_a_library_alone(tmp_path: Path) -> None:
    path = tmp_path / "tiny.pyd"
    path.write_bytes(b"MZ" + RECORD)
    found = pdb.of(path)
    assert found is not None
    assert found.place == f"tiny.pdb/{found.identity}/tiny.pdb"
    path.write_bytes(b"a text " + RECORD)
    assert pdb.of(path) is None


def test_no_more_than_the_limit_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = pdb.Pdb("tiny.pdb", "", GUID)
    (tmp_path / "tiny.pyd").write_bytes(b"MZ" + bytes(100) + RECORD)
    (tmp_path / "tiny.pdb").write_bytes(MSF + bytes(100) + GUID)
    assert pdb.of(tmp_path / "tiny.pyd") is not None
    assert pdb.beside(tmp_path / "tiny.whl", wanted) == tmp_path / "tiny.pdb"
    monkeypatch.setattr(pdb, "LIMIT", 100)
    assert pdb.of(tmp_path / "tiny.pyd") is None
    assert pdb.beside(tmp_path / "tiny.whl", wanted) is None


def test_a_folder_of_that_name_is_no_companion(tmp_path: Path) -> None:
    (tmp_path / "tiny.pdb").mkdir()
    assert pdb.beside(tmp_path / "tiny.whl", pdb.Pdb("tiny.pdb", "", GUID)) is None
