from __future__ import annotations

import gzip
import io
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3ops.wheels import archive
from pyo3ops.wheels.archive import Archive, Kind

FILES = {"pkg/__init__.py": b"a = 1\n", "pkg-1.0.dist-info/RECORD": b"", "pkg/data.bin": bytes(range(256)) * 99}


def zipped(path: Path, files: dict[str, bytes] | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in (FILES if files is None else files).items():
            file.writestr(name, content)
    return path


def tarred(path: Path, *extra: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as file:
        for name, content in FILES.items():
            info = tarfile.TarInfo(f"pkg-1.0/{name}")
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
        for info in extra:
            file.addfile(info)
    return path


def unpacked(path: Path, tmp_path: Path) -> Archive:
    folder = tmp_path / "out"
    folder.mkdir(exist_ok=True)
    return archive.unpack(path, folder)


def test_a_wheel(tmp_path: Path) -> None:
    found = unpacked(zipped(tmp_path / "pkg-1.0-py3-none-any.whl"), tmp_path)
    assert (found.kind, found.error, found.problems) == (Kind.WHEEL, "", ())
    assert {each.name: each.read() for each in found.members} == FILES
    data = found.member("pkg/data.bin")
    assert data is not None
    assert (data.base, data.size, data.head) == ("data.bin", 256 * 99, bytes(range(64)))
    assert 0 < data.packed < data.size


@pytest.mark.parametrize("name", ["pkg-1.0.tar.gz", "pkg-1.0.tgz"])
def test_an_sdist(name: str, tmp_path: Path) -> None:
    folder, link, fifo = (tarfile.TarInfo(f"pkg-1.0/{each}") for each in ("folder", "link", "fifo"))
    folder.type, link.type, fifo.type, link.linkname = tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.FIFOTYPE, "README.md"
    found = unpacked(tarred(tmp_path / name, folder, link, fifo), tmp_path)
    assert {each.name[len("pkg-1.0/") :]: each.read() for each in found.members} == FILES
    assert found.links == (("pkg-1.0/link", "README.md"),)
    assert found.problems == ("'pkg-1.0/fifo' is neither a file nor a folder",)


def test_kinds() -> None:
    names = ("a.whl", "A.WHL", "a.tar.gz", "a.zip", "a.txt", "whl")
    kinds = [archive.kind_of(Path(name)) for name in names]
    assert kinds == [Kind.WHEEL, Kind.WHEEL, Kind.SDIST, Kind.SDIST, None, None]
    with pytest.raises(ValueError, match="no wheel and no sdist"):
        archive.unpack(Path("a.txt"), Path())


@pytest.mark.parametrize("name", ["../out.txt", "/etc/passwd", "a/../../b", "C:/Windows/x", "a\\..\\b", "C:x"])
def test_names_that_lead_out_are_told_and_lead_nowhere(name: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as file:
        info = zipfile.ZipInfo("x")
        info.filename = name
        file.writestr(info, b"x")
    found = unpacked(tmp_path / "a.whl", tmp_path)
    assert len(found.problems) == 1
    assert "leads out" in found.problems[0]
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["0", "a.whl"]


def test_names_that_are_there_twice(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as file:
        file.writestr("a.py", "")
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("a.py", "")
        file.writestr("A.py", "")
    assert unpacked(tmp_path / "a.whl", tmp_path).problems == (
        "'a.py' is there twice",
        "'A.py' and 'a.py' are one file on some systems",
    )


def test_a_symbolic_link_in_a_wheel(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as file:
        info = zipfile.ZipInfo("link")
        info.external_attr = 0o120777 << 16
        file.writestr(info, "/etc/passwd")
    assert unpacked(tmp_path / "a.whl", tmp_path).links == (("link", ""),)


def test_an_encrypted_file(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "a.whl", {"a.py": b"x"}).read_bytes())
    # The flags of the local header, and of the central directory.
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.whl").write_bytes(bytes(data))
    assert unpacked(tmp_path / "a.whl", tmp_path).error == "'a.py' is encrypted"


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(tmp_path / "a.whl", {"a.bin": bytes(2**20), "b.bin": bytes(2**20)})
    assert unpacked(bomb, tmp_path).error == ""
    monkeypatch.setattr(archive, "SMALL", 2**20)
    found = unpacked(bomb, tmp_path)
    assert "unpacks to 1048576 bytes" in found.error
    assert [each.name for each in found.members] == ["a.bin"]
    monkeypatch.setattr(archive, "MOST_MEMBERS", 1)
    assert unpacked(bomb, tmp_path).error == "it has more than 1 entries"


def test_what_is_not_there(tmp_path: Path) -> None:
    assert unpacked(tmp_path / "gone.whl", tmp_path).error == "not readable: No such file or directory"
    (tmp_path / "folder.whl").mkdir()
    assert unpacked(tmp_path / "folder.whl", tmp_path).error.startswith("not readable: ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of a file's size")
@pytest.mark.parametrize("name", ["a.whl", "a.tar.gz"])
def test_what_the_system_refuses_is_no_damage(name: str, tmp_path: Path) -> None:
    import resource  # noqa: PLC0415 - Windows has none

    path = (zipped if name == "a.whl" else tarred)(tmp_path / name)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        found = unpacked(path, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (found.error, found.hindered) == ("not readable: File too large", True)


@pytest.mark.parametrize("name", ["a.whl", "a.tar.gz"])
@pytest.mark.parametrize("part", range(0, 100, 9))
def test_a_file_that_was_cut(name: str, part: int, tmp_path: Path) -> None:
    whole = (zipped if name == "a.whl" else tarred)(tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) * part // 100])
    found = unpacked(tmp_path / name, tmp_path)
    assert found.error
    assert not found.hindered


def test_a_header_that_is_far_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tarfile.TarInfo("pkg-1.0/" + "x" * 5000)
    path = tarred(tmp_path / "a.tar.gz", long)
    assert unpacked(path, tmp_path).error == ""
    monkeypatch.setattr(archive, "SMALL", 4096)
    assert unpacked(path, tmp_path).error == "it has a header that is far too long"


def test_an_sdist_that_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tarred(tmp_path / "a.tar.gz")
    with gzip.open(path, "ab") as file:
        file.write(bytes(2**20))
    assert unpacked(path, tmp_path).error == ""
    monkeypatch.setattr(archive, "SMALL", 2**20)
    monkeypatch.setattr(archive, "MOST_RATIO", 10**6)
    assert unpacked(path, tmp_path).error == "it goes on behind its last entry"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=2000)
@given(
    st.sampled_from(["a.whl", "a.tar.gz"]),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, name: str, damage: list[tuple[int, int]]) -> None:
    content = bytearray((zipped if name == "a.whl" else tarred)(tmp_path / name).read_bytes())
    for place, value in damage:
        content[place % len(content)] = value
    (tmp_path / name).write_bytes(bytes(content))
    found = unpacked(tmp_path / name, tmp_path)
    assert found.error or found.members
    assert not found.hindered


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"\x1f\x8b", b"garbage" * 999])
@pytest.mark.parametrize("name", ["a.whl", "a.tar.gz", "a.zip"])
def test_what_is_no_archive(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    found = unpacked(tmp_path / name, tmp_path)
    assert found.members == ()
    assert not found.hindered
