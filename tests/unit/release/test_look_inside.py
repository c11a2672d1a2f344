from __future__ import annotations

import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from pyo3ops.release.look_inside import contents, torn

if TYPE_CHECKING:
    from pathlib import Path

CONFLICT = b"a = 1\n<<<<<<< HEAD\na = 2\n=======\na = 3\n>>>>>>> fix\n"


def wheel(folder: Path, members: dict[str, bytes], behind: bytes = b"", comment: bytes = b"") -> Path:
    path = folder / "spam-1.2.3-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = comment
        for name, data in members.items():
            archive.writestr(name, data)
    path.write_bytes(path.read_bytes() + behind)
    return path


def sdist(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "spam-1.2.3.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(f"spam-1.2.3/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def said(path: Path) -> list[str]:
    return [f"{finding.id}: {finding.detail}" for finding in contents(path)]


@pytest.mark.parametrize("make", [wheel, sdist])
def test_conflicts_and_secrets_are_not_for_the_public(make: object, tmp_path: Path) -> None:
    members = {
        "spam/a.py": CONFLICT,
        "spam/b.py": b"b = 1\n",
        "tests/c.py": CONFLICT,
        "spam/data.bin": CONFLICT,
        ".envrc": b"export TOKEN=1\n",
        ".env.example": b"",
        "tests/id_rsa": b"",
    }
    found = said(make(tmp_path, members))  # type: ignore[operator]
    assert found == [
        "wheels.contents: spam/a.py has conflict markers",
        "wheels.contents: .envrc is in it, which holds secrets by its name",
    ]


def test_bytes_behind_an_archive_are_counted_and_a_comment_is_none(tmp_path: Path) -> None:
    assert said(wheel(tmp_path, {"a.py": b""}, behind=b"\0" * 22)) == [
        "wheels.archive: 22 bytes stand behind the archive: indexes refuse it"
    ]
    assert said(wheel(tmp_path, {"a.py": b""}, comment=b"made by a test")) == []


def test_what_cannot_be_read_is_said_by_others(tmp_path: Path) -> None:
    path = tmp_path / "spam-1.2.3.tar.gz"
    path.write_bytes(b"no archive")
    assert said(path) == []
    assert said(tmp_path / "spam-1.2.3-py3-none-any.whl") == []


def test_one_end_is_no_conflict() -> None:
    assert torn(CONFLICT)
    assert not torn(b"Title\n=======\n>>>>>>> quoted\n")
