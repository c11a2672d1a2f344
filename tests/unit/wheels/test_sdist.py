from __future__ import annotations

import gzip
import io
import os
import sys
import tarfile
from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.core.project import Backend, Project
from pyo3ops.wheels import sdist
from tests.unit.wheels.projects import project

if TYPE_CHECKING:
    from pathlib import Path


def packed(path: Path, *members: tuple[str, bytes], change: Callable[[tarfile.TarInfo], None] = lambda _: None) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_600_000_000
            change(info)
            archive.addfile(info, io.BytesIO(data))
    return path


def linked(target: str, kind: bytes = tarfile.SYMTYPE) -> Callable[[tarfile.TarInfo], None]:
    def change(info: tarfile.TarInfo) -> None:
        if info.name.endswith("link"):
            info.type, info.linkname, info.size = kind, target, 0

    return change


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_unpacks_without_its_own_folder(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a-1.tar.gz", ("a-1/Cargo.toml", b"x"), ("a-1/src/lib größe.rs", b"y"))
    assert sdist.unpack(archive, tmp_path / "out") == 1_600_000_000
    assert files(tmp_path / "out") == {"Cargo.toml": b"x", "src/lib größe.rs": b"y"}


def test_what_changed_is_younger_and_what_did_not_is_not_touched(tmp_path: Path) -> None:
    out = tmp_path / "out"
    sdist.unpack(packed(tmp_path / "1.tar.gz", ("a/same", b"x"), ("a/other", b"1"), ("a/gone/deep", b"z")), out)
    for name in ("same", "other"):
        os.utime(out / name, (1, 1))
    sdist.unpack(packed(tmp_path / "2.tar.gz", ("a/same", b"x"), ("a/other", b"2")), out)
    assert files(out) == {"same": b"x", "other": b"2"}
    assert sorted(path.name for path in out.iterdir()) == ["other", "same"]
    assert (out / "same").stat().st_mtime == 1
    # The archive says 2020; cargo would take that for older than what it compiled.
    assert (out / "other").stat().st_mtime > 1_700_000_000


def test_what_a_backend_left_behind_is_taken_away(tmp_path: Path) -> None:
    out = tmp_path / "out"
    archive = packed(tmp_path / "1.tar.gz", ("a/src/lib.rs", b"x"))
    sdist.unpack(archive, out)
    (out / "build/lib").mkdir(parents=True)
    (out / "build/lib/stale.py").touch()
    (tmp_path / "elsewhere").mkdir()
    (out / "src/out").symlink_to(tmp_path / "elsewhere")
    sdist.unpack(archive, out)
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*")) == ["src", "src/lib.rs"]
    assert (tmp_path / "elsewhere").is_dir()


def test_nothing_is_written_through_a_link_that_lies_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere")
    sdist.unpack(packed(tmp_path / "1.tar.gz", ("a/x", b"x")), tmp_path / "out")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_is_the_file_that_it_leads_to(tmp_path: Path) -> None:
    members = (("a/LICENSE", b"mit"), ("a/crate/link", b""))
    archive = packed(tmp_path / "1.tar.gz", *members, change=linked("../LICENSE"))
    sdist.unpack(archive, tmp_path / "out")
    assert files(tmp_path / "out") == {"LICENSE": b"mit", "crate/link": b"mit"}
    assert not (tmp_path / "out/crate/link").is_symlink()
    archive = packed(tmp_path / "2.tar.gz", *members, change=linked("a/LICENSE", tarfile.LNKTYPE))
    sdist.unpack(archive, tmp_path / "hard")
    assert files(tmp_path / "hard") == files(tmp_path / "out")


@pytest.mark.parametrize("target", ["../../etc/passwd", "/etc/passwd", "nothing", "link", "src"])
def test_a_link_that_leads_to_no_file_of_it_is_refused(tmp_path: Path, target: str) -> None:
    archive = packed(tmp_path / "1.tar.gz", ("a/src/lib.rs", b""), ("a/link", b""), change=linked(target))
    with pytest.raises(sdist.Refused, match="its link 'link' leads to"):
        sdist.unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "a/./x", "a//x", "a\\..\\x", "top"])
def test_a_member_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    archive = packed(tmp_path / "1.tar.gz", ("a/fine", b""), (name, b""))
    with pytest.raises(sdist.Refused, match=r"its member|folders where"):
        sdist.unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_device_is_refused(tmp_path: Path) -> None:
    def device(info: tarfile.TarInfo) -> None:
        info.type = tarfile.CHRTYPE

    with pytest.raises(sdist.Refused, match="no file in a folder"):
        sdist.unpack(packed(tmp_path / "1.tar.gz", ("a/x", b""), change=device), tmp_path / "out")


def test_two_folders_are_no_sdist(tmp_path: Path) -> None:
    with pytest.raises(sdist.Refused, match="2 folders"):
        sdist.unpack(packed(tmp_path / "1.tar.gz", ("a/x", b""), ("b/x", b"")), tmp_path / "out")


def test_a_bomb_is_refused_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdist, "MOST_BYTES", 10)
    with pytest.raises(sdist.Refused, match="holds more than"):
        sdist.unpack(packed(tmp_path / "1.tar.gz", ("a/x", b"01234567890")), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    whole = packed(tmp_path / "1.tar.gz", ("a/x", os.urandom(5000))).read_bytes()
    for number, data in enumerate((b"", b"garbage", whole[:100], whole[:3000], gzip.compress(b"no tar"))):
        file = tmp_path / f"{number}.tar.gz"
        file.write_bytes(data)
        with pytest.raises(sdist.Refused):
            sdist.unpack(file, tmp_path / "out")


def test_other_backends_make_equal_bytes_of_equal_files(tmp_path: Path) -> None:
    one = packed(tmp_path / "a-1.tar.gz", ("a-1/b", b"1"), ("a-1/a", b"2"))
    (tmp_path / "later").mkdir()

    def later(info: tarfile.TarInfo) -> None:
        info.mtime, info.uname = 1_700_000_001, "somebody"

    other = packed(tmp_path / "later/a-1.tar.gz", ("a-1/a", b"2"), ("a-1/b", b"1"), change=later)
    assert sdist._normalise(one, 1_500_000_000) is sdist._normalise(other, 1_500_000_000) is None
    assert one.read_bytes() == other.read_bytes()
    with tarfile.open(one) as archive:
        assert archive.getnames() == ["a-1/a", "a-1/b"]
        assert {info.mtime for info in archive} == {1_500_000_000}


def backend(folder: Path, script: str) -> dict[str, str]:
    """A PATH whose only maturin is this script."""
    folder.mkdir()
    (folder / "maturin").write_text(f"#!{sys.executable}\nimport os, pathlib, sys\n{script}", encoding="utf-8")
    (folder / "maturin").chmod(0o755)
    return {"PATH": str(folder)}


def made(tmp_path: Path, script: str) -> sdist.Made:
    root = tmp_path / "root"
    root.mkdir()
    return sdist.make(of(root), tmp_path / "out", 1_500_000_000, backend(tmp_path / "bin", script))


def of(root: Path) -> Project:
    return project(root, backend=Backend.MATURIN)


def test_a_backend_is_told_the_time(tmp_path: Path) -> None:
    script = "pathlib.Path(sys.argv[3], 'a-1.tar.gz').write_text(os.environ['SOURCE_DATE_EPOCH'] + os.getcwd())"
    result = made(tmp_path, script)
    assert result.error is None
    assert result.sdist == tmp_path / "out/a-1.tar.gz"
    assert result.sdist.read_text(encoding="utf-8") == f"1500000000{tmp_path / 'root'}"


def test_a_backend_that_fails_is_told_with_its_last_lines(tmp_path: Path) -> None:
    result = made(tmp_path, "print('one', flush=True); print('error: two', file=sys.stderr); sys.exit(3)")
    assert result.sdist is None
    assert result.error == "maturin ended with 3"
    assert result.tail == ("one", "error: two")


def test_a_backend_that_says_0_and_makes_nothing(tmp_path: Path) -> None:
    assert made(tmp_path, "").error == "the backend said 0 and left 0 sdists"


NEW = '[[package]]\\nname = "a"\\n[[package]]\\nname = "b"\\nversion = "2"\\n'
BRINGS_IN_STEP = f"pathlib.Path('Cargo.lock').write_text('{NEW}'); pathlib.Path(sys.argv[3], 'a-1.tar.gz').touch()"


def test_a_lock_that_cargo_brought_in_step_is_put_back(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    old = '[[package]]\nname = "b"\nversion = "1"\n[[package]]\nname = "a"\n'
    (tmp_path / "root/Cargo.lock").write_text(old, encoding="utf-8")
    env = backend(tmp_path / "bin", BRINGS_IN_STEP)
    result = sdist.make(of(tmp_path / "root"), tmp_path / "out", 0, env)
    assert result.sdist is None
    assert result.error == "Cargo.lock is behind Cargo.toml: cargo changed it while the sdist was made"
    assert (tmp_path / "root/Cargo.lock").read_text(encoding="utf-8") == old
    # One that says the same in another order is in step.
    same = old.replace('"1"', '"2"')
    (tmp_path / "root/Cargo.lock").write_text(same, encoding="utf-8")
    assert sdist.make(of(tmp_path / "root"), tmp_path / "out", 0, env).error is None
    assert (tmp_path / "root/Cargo.lock").read_text(encoding="utf-8") == same


def test_a_lock_that_was_not_there_is_not_left_behind(tmp_path: Path) -> None:
    result = made(tmp_path, BRINGS_IN_STEP)
    assert (result.error, result.sdist) == (None, tmp_path / "out/a-1.tar.gz")
    assert not (tmp_path / "root/Cargo.lock").exists()


def test_without_the_backend(tmp_path: Path) -> None:
    result = sdist.make(of(tmp_path), tmp_path / "out", 0, {"PATH": str(tmp_path)})
    assert result.error == "maturin cannot be started: No such file or directory"
