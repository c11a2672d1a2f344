from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3ops.tools import elf

if TYPE_CHECKING:
    from pathlib import Path


def library(*needed: str) -> bytes:
    """A 64-bit ELF file with a dynamic section and nothing else, as the System V ABI lays it out."""
    strings, tags = b"\0", b""
    for name in needed:
        tags += struct.pack("<QQ", 1, len(strings))
        strings += name.encode() + b"\0"
    tags += struct.pack("<QQ", 0, 0)
    names = b"\0.dynstr\0.dynamic\0.shstrtab\0"
    places = (64, 64 + len(strings), 64 + len(strings) + len(tags))

    def section(*fields: int) -> bytes:
        return struct.pack("<IIQQQQIIQQ", *fields)

    sections = (
        section(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        + section(1, 3, 2, 0, places[0], len(strings), 0, 0, 1, 0)
        + section(9, 6, 2, 0, places[1], len(tags), 1, 0, 8, 16)
        + section(18, 3, 0, 0, places[2], len(names), 0, 0, 1, 0)
    )
    identity = b"\x7fELF" + bytes([2, 1, 1, 0]) + bytes(8)
    header = struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 0, places[2] + len(names), 0, 64, 0, 0, 64, 4, 3)
    return identity + header + strings + tags + names + sections


@pytest.mark.parametrize("names", [(), ("libc.so.6",), ("libpython3.13.so.1.0", "libgcc_s.so.1", "libc.so.6")])
def test_needed(names: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "a.so").write_bytes(library(*names))
    assert elf.needed(tmp_path / "a.so") == names


@pytest.mark.parametrize(
    "content",
    [b"", b"\x7fEL", b"\x7fELF", b"\x7fELF" + b"\xff" * 200, b"\xcf\xfa\xed\xfe" + b"\0" * 60, b"MZ", b"#!/bin/sh\n"],
    ids=["empty", "short", "magic", "garbage", "Mach-O", "PE", "script"],
)
def test_what_is_no_elf_file_needs_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.so").write_bytes(content)
    assert elf.needed(tmp_path / "a.so") == ()


def test_what_cannot_be_opened_needs_nothing(tmp_path: Path) -> None:
    assert elf.needed(tmp_path) == ()
    assert elf.needed(tmp_path / "gone") == ()


WHOLE = library("libpython3.13.so.1.0", "libc.so.6")


@pytest.mark.parametrize("length", range(0, len(WHOLE), 7))
def test_a_file_that_was_cut_is_read_or_refused(length: int, tmp_path: Path) -> None:
    (tmp_path / "a.so").write_bytes(WHOLE[:length])
    assert isinstance(elf.needed(tmp_path / "a.so"), tuple)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=2000)
@given(st.lists(st.tuples(st.integers(4, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, damage: list[tuple[int, int]]) -> None:
    content = bytearray(WHOLE)
    for place, value in damage:
        content[place] = value
    (tmp_path / "a.so").write_bytes(bytes(content))
    assert isinstance(elf.needed(tmp_path / "a.so"), tuple)


def test_a_section_of_strings_that_is_none(tmp_path: Path) -> None:
    content = bytearray(WHOLE)
    # The dynamic section is told that its strings are in itself; pyelftools asserts that they are not.
    place = struct.unpack_from("<Q", content, 40)[0] + 2 * 64 + 40
    struct.pack_into("<I", content, place, 2)
    (tmp_path / "a.so").write_bytes(bytes(content))
    assert elf.needed(tmp_path / "a.so") == ()
