from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3ops.wheels.cores import Mapped, mapped

if TYPE_CHECKING:
    from pathlib import Path

ID = bytes(range(20))
BASE = 0x7F0000000000


def note(kind: int, data: bytes, name: bytes = b"CORE\0\0\0\0") -> bytes:
    return struct.pack("<III", len(name.rstrip(b"\0")) + 1, len(data), kind) + name + data + bytes(-len(data) % 4)


def header(kind: int, segments: int, *, start: int = 64) -> bytes:
    identity = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    return identity + struct.pack("<HHIQQQIHHHHHH", kind, 62, 1, 0, start, 0, 0, 64, 56, segments, 64, 0, 0)


def segment(kind: int, offset: int, address: int, size: int) -> bytes:
    return struct.pack("<IIQQQQQQ", kind, 4, offset, address, 0, size, size, 1)


def library() -> bytes:
    """The first page of a shared object whose only segment is a note with a build ID."""
    data = note(3, ID, b"GNU\0")
    return header(3, 1) + segment(4, 120, 120, len(data)) + data


def files(*rows: tuple[str, int, int]) -> bytes:
    body = struct.pack("<QQ", len(rows), 4096)
    body += b"".join(struct.pack("<QQQ", start, start + 4096, offset) for _, start, offset in rows)
    return note(0x46494C45, body + b"".join(name.encode() + b"\0" for name, _, _ in rows))


def core(*, page: bytes, listed: bytes) -> bytes:
    first = 64 + 2 * 56
    return (
        header(4, 2)
        + segment(4, first, 0, len(listed))
        + segment(1, first + len(listed), BASE, len(page))
        + listed
        + page
    )


ROWS = (("/lib/tiny.so", BASE, 0), ("/lib/tiny.so", BASE + 4096, 1), ("/data", BASE + 8192, 0), ("/gone.so", 0x1000, 0))
WHOLE = core(page=library(), listed=note(1, b"status") + files(*ROWS))


def read(tmp_path: Path, data: bytes) -> tuple[Mapped, ...] | None:
    (tmp_path / "core").write_bytes(data)
    return mapped(tmp_path / "core")


def test_libraries_with_their_builds(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE) == (Mapped("/lib/tiny.so", BASE, ID.hex()),)


def test_a_library_without_a_build_id(tmp_path: Path) -> None:
    page = header(3, 0) + bytes(64)
    assert read(tmp_path, core(page=page, listed=files(*ROWS))) == (Mapped("/lib/tiny.so", BASE, ""),)


def test_what_is_no_core(tmp_path: Path) -> None:
    for data in (b"", b"\x7fELF", library(), b"\x7fELF\x01\x01" + bytes(100), b"core" * 100):
        assert read(tmp_path, data) is None
    assert mapped(tmp_path / "none") is None
    assert mapped(tmp_path) is None


def test_a_list_of_files_that_lies(tmp_path: Path) -> None:
    body = struct.pack("<QQ", 1 << 60, 4096)
    assert read(tmp_path, core(page=library(), listed=note(0x46494C45, body))) == ()


def test_an_offset_beyond_all_files(tmp_path: Path) -> None:
    for offset in (1 << 63, (1 << 64) - 1):
        data = bytearray(WHOLE)
        # Of the segment that holds the first page.
        struct.pack_into("<Q", data, 64 + 56 + 8, offset)
        assert read(tmp_path, bytes(data)) in {None, ()}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=6),
    st.integers(0, len(WHOLE)),
)
def test_a_damaged_core_is_read_or_refused(tmp_path: Path, damage: list[tuple[int, int]], length: int) -> None:
    data = bytearray(WHOLE)
    for place, value in damage:
        data[place] = value
    assert isinstance(read(tmp_path, bytes(data[: length or None])), (tuple, type(None)))
