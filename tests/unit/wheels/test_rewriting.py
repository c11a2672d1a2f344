from __future__ import annotations

import base64
import contextlib
import csv
import hashlib
import io
import stat
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3ops.core.errors import UsageError
from pyo3ops.wheels.rewriting import repacked, rewrite, verify

if TYPE_CHECKING:
    from pathlib import Path

INFO = "tiny-1.0.dist-info"
FILES = {
    "tiny/__init__.py": b"x = 1\n",
    "tiny/_native.so": b"\x7fELF" + bytes(500),
    f"{INFO}/METADATA": b"Name: tiny\n",
    'tiny/a,"b".txt': b"comma",
}


def digest(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def record(files: dict[str, bytes]) -> bytes:
    text = io.StringIO()
    rows = [*((name, digest(data), str(len(data))) for name, data in files.items()), (f"{INFO}/RECORD", "", "")]
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def write(path: Path, files: dict[str, bytes], *, listed: dict[str, bytes] | None = None, level: int = 1) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        archive.writestr(f"{INFO}/RECORD", record(files if listed is None else listed))
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (2020, 2, 2, 2, 2, 2))
            info.external_attr = (stat.S_IFREG | (0o775 if name.endswith(".so") else 0o600)) << 16
            archive.writestr(info, data)
    return path


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return write(tmp_path / "tiny-1.0-py3-none-any.whl", FILES)


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def is_true(data: bytes) -> bool:
    files = contents(data)
    rows = list(csv.reader(io.StringIO(files[f"{INFO}/RECORD"].decode())))
    own = [f"{INFO}/RECORD", "", ""]
    told = {name: (hash_, size) for name, hash_, size in rows if name != own[0]}
    return own in rows and told == {
        name: (digest(data), str(len(data)))
        for name, data in files.items()
        if name != own[0] and not name.endswith("/")
    }


def test_a_file_is_replaced_added_and_removed(wheel: Path) -> None:
    changes = {"tiny/_native.so": b"less", "tiny/new.py": b"", "tiny/__init__.py": None}
    data = repacked(wheel, changes)
    expected = {name: each for name, each in FILES.items() if name != "tiny/__init__.py"}
    expected.update({"tiny/_native.so": b"less", "tiny/new.py": b""})
    assert {name: each for name, each in contents(data).items() if not name.endswith("RECORD")} == expected
    assert is_true(data)


def test_order_times_and_modes_are_fixed(wheel: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(repacked(wheel, {"b.py": b"new"}))) as archive:
        infos = archive.infolist()
    assert [info.filename for info in infos] == [
        "b.py",
        "tiny/__init__.py",
        "tiny/_native.so",
        'tiny/a,"b".txt',
        f"{INFO}/METADATA",
        f"{INFO}/RECORD",
    ]
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {
        info.filename: oct(info.external_attr >> 16) for info in infos if info.filename.endswith((".so", "t__.py"))
    } == {
        "tiny/__init__.py": "0o100644",
        "tiny/_native.so": "0o100755",
    }
    assert {(info.create_system, info.compress_type) for info in infos} == {(3, zipfile.ZIP_DEFLATED)}


def test_a_time_can_be_asked_for(wheel: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(repacked(wheel, {}, epoch=1_700_000_000))) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}
    assert repacked(wheel, {}, epoch=0) == repacked(wheel, {})


def test_equal_content_makes_equal_bytes_whatever_it_was_packed_with(tmp_path: Path) -> None:
    one = write(tmp_path / "one.whl", FILES)
    other = write(tmp_path / "other.whl", dict(reversed(list(FILES.items()))), level=9)
    assert one.read_bytes() != other.read_bytes()
    assert repacked(one, {}) == repacked(other, {})
    again = tmp_path / "again.whl"
    again.write_bytes(repacked(one, {}))
    assert repacked(again, {}) == again.read_bytes()


def test_what_does_not_change_is_not_touched(wheel: Path) -> None:
    before = (wheel.read_bytes(), wheel.stat().st_mtime_ns, wheel.stat().st_ino)
    assert not rewrite(wheel, {})
    assert not rewrite(wheel, {"tiny/__init__.py": b"x = 1\n", "not/there": None})
    assert (wheel.read_bytes(), wheel.stat().st_mtime_ns, wheel.stat().st_ino) == before
    assert rewrite(wheel, {"tiny/__init__.py": b"x = 2\n"})
    assert contents(wheel.read_bytes())["tiny/__init__.py"] == b"x = 2\n"
    verify(wheel)


def test_a_folder_is_kept(wheel: Path) -> None:
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("tiny/empty/", b"")
    data = repacked(wheel, {})
    assert "tiny/empty/" in contents(data)
    assert is_true(data)


def refused(wheel: Path) -> str:
    before = wheel.read_bytes()
    with pytest.raises(UsageError) as caught:
        rewrite(wheel, {"tiny/__init__.py": b"other"})
    assert wheel.read_bytes() == before
    assert caught.value.command
    return caught.value.message.partition(": ")[2] or caught.value.message


def test_a_record_that_is_not_true_is_not_made_true(tmp_path: Path) -> None:
    path = tmp_path / "a.whl"
    write(path, FILES, listed={**FILES, "tiny/_native.so": b"other"})
    assert refused(path) == "tiny/_native.so is not what RECORD says it is"
    write(path, FILES, listed={**FILES, "tiny/gone.py": b""})
    assert refused(path) == "tiny/gone.py is in RECORD and not in the wheel"
    write(path, {**FILES, "tiny/more.py": b""}, listed=FILES)
    assert refused(path) == "tiny/more.py is in the wheel and not in RECORD"


def test_a_signed_wheel_is_left_alone(wheel: Path) -> None:
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr(f"{INFO}/RECORD.jws", b"{}")
    assert "is signed (RECORD.jws)" in refused(wheel)


@pytest.mark.parametrize("name", ["../a", "/a", "a/../b", "a\\b", "C:/a", "a//b", "./a"])
def test_names_that_lead_elsewhere(wheel: Path, name: str) -> None:
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr(name, b"")
    assert refused(wheel).startswith(f"it has a member called {name!r}")


def test_a_name_that_is_there_twice(wheel: Path) -> None:
    with zipfile.ZipFile(wheel, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("tiny/__init__.py", b"another")
    assert refused(wheel) == "it has a member called 'tiny/__init__.py', or has it twice"


@pytest.mark.parametrize("names", [(), ("a.dist-info/RECORD", "b.dist-info/RECORD"), ("a/b.dist-info/RECORD",)])
def test_without_a_record_or_with_two(tmp_path: Path, names: tuple[str, ...]) -> None:
    path = tmp_path / "a.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.py", b"")
        for name in names:
            archive.writestr(name, b"")
    path.touch()
    with pytest.raises(UsageError, match="RECORD"):
        verify(path)


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"no archive", b"PK\x05\x06" + bytes(18)], ids=["empty", "cut", "text", "no files"]
)
def test_what_is_no_wheel(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.whl"
    path.write_bytes(content)
    with pytest.raises(UsageError):
        verify(path)
    with pytest.raises(UsageError, match="cannot read"):
        verify(tmp_path / "none.whl")


def test_a_wheel_that_says_it_is_endless(wheel: Path) -> None:
    data = bytearray(wheel.read_bytes())
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = b"\xfe\xff\xff\xff"
    place = data.index(b"PK\x01\x02")
    data[place + 24 : place + 28] = b"\xfe\xff\xff\xff"
    wheel.write_bytes(bytes(data))
    assert refused(wheel) == "its members are larger than 4 GiB together"


def test_record_is_not_for_the_caller(wheel: Path) -> None:
    for name in (f"{INFO}/RECORD", "../x"):
        with pytest.raises(ValueError, match="RECORD follows"):
            repacked(wheel, {name: b""})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_wheel_is_read_or_refused(wheel: Path, data: st.DataObject) -> None:
    whole = wheel.read_bytes()
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = wheel.with_name("damaged.whl")
    path.write_bytes(bytes(damaged[: data.draw(st.integers(0, len(whole)))] if data.draw(st.booleans()) else damaged))
    with contextlib.suppress(UsageError):
        assert is_true(repacked(path, {"x": b"1"}))


NAMES = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="/\\:"), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(NAMES.filter(lambda name: name not in {".", ".."}), st.none() | st.binary(max_size=40), max_size=6)
)
def test_record_is_true_after_any_change(wheel: Path, changes: dict[str, bytes | None]) -> None:
    data = repacked(wheel, {f"tiny/{name}": each for name, each in changes.items()})
    assert is_true(data)
    assert data == repacked(wheel, {f"tiny/{name}": each for name, each in reversed(list(changes.items()))})


def test_a_wheel_that_is_only_looked_at_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "tiny-1.0-py3-none-any.whl"
    path.write_bytes(b"no wheel")
    with pytest.raises(UsageError, match="cannot be used: "):
        verify(path)
