from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from pyo3ops.tools import debug_files
from pyo3ops.tools.debug_files import DebugFile

from .elves import crc, header, library, note, segment

if TYPE_CHECKING:
    from pathlib import Path

ID = "76eaa3000102030405060708090a0b0c0d0e0f10"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "größe crab.so"


def read(file: Path, data: bytes) -> DebugFile | None:
    file.write_bytes(data)
    return debug_files.read(file)


def test_what_a_library_has(file: Path) -> None:
    whole = library(
        (".symtab", 1, bytes(24)), (".debug_info", 1, b"DWARF"), build_id=ID, link=("crab.debug", 0xDEADBEEF)
    )
    assert read(file, whole) == DebugFile(file, ID, names=True, lines=True, link="crab.debug", crc=0xDEADBEEF)
    assert read(file, library((".text", 1, b"x"), build_id=ID)) == DebugFile(file, ID, code=True)
    assert read(file, library((".zdebug_info", 1, b"DWARF"))) == DebugFile(file, lines=True)


def test_a_section_that_is_only_named_is_not_there(file: Path) -> None:
    assert read(file, library((".symtab", 8, b""), (".debug_info", 8, b""), build_id=ID)) == DebugFile(file, ID)


def test_a_file_without_sections_has_its_build_id_in_a_segment(file: Path) -> None:
    data = note(3, bytes.fromhex(ID), b"GNU\0")
    where = 64 + 2 * 56
    segments = segment(4, where, where, len(data)) + segment(1, 0, 0x400000, where)
    assert read(file, header(2, 2) + segments + data) == DebugFile(file, ID, start=0x400000)


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"text", b"\x7fELF" + bytes(60), library(build_id=ID)[:80]])
def test_what_is_no_elf_file(data: bytes, file: Path) -> None:
    assert read(file, data) is None


def test_a_damaged_file_is_read_or_refused(file: Path) -> None:
    whole = library((".symtab", 1, b"x" * 24), (".debug_info", 1, b"DWARF"), build_id=ID, link=("a", 1))
    chance = random.Random(3)  # noqa: S311 - the same damage each time
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 5)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        assert isinstance(read(file, bytes(data[: chance.randrange(len(data)) + 1])), (DebugFile, type(None)))


def test_what_cannot_be_read(tmp_path: Path) -> None:
    assert debug_files.read(tmp_path) is None
    assert debug_files.read(tmp_path / "none") is None
    assert debug_files.crc_of(tmp_path / "none") is None


def test_the_checksum_is_that_of_the_whole_file(file: Path) -> None:
    file.write_bytes(b"x" * 3_000_001)
    assert debug_files.crc_of(file) == crc(file.read_bytes())


def test_where_gdb_looks(tmp_path: Path) -> None:
    library = tmp_path / "lib/crab.so"
    library.parent.mkdir()
    library.touch()
    debug = tmp_path / "debug"
    assert list(debug_files.links(library, "crab.debug", debug)) == [
        tmp_path / "lib/crab.debug",
        tmp_path / "lib/.debug/crab.debug",
        debug / str(tmp_path / "lib/crab.debug").lstrip("/"),
    ]
    assert tmp_path / "lib/crab.so" not in list(debug_files.links(library, "crab.so", debug))
    for name in ("", ".", "..", "../crab.debug", "/etc/passwd"):
        assert list(debug_files.links(library, name, debug)) == []


def test_a_link_whose_checksum_is_cut_off(file: Path) -> None:
    data = library((".gnu_debuglink", 1, b"crab.debug\0\0"))
    assert read(file, data) is None


def test_a_file_that_was_cut_short_says_so(file: Path) -> None:
    data = note(3, bytes.fromhex(ID), b"GNU\0")
    whole = library((".debug_info", 1, b"DWARF" * 100), build_id=ID)
    read_whole = read(file, whole)
    assert read_whole is not None
    assert read_whole.whole
    # Sections at the front, one that reaches beyond the end.
    longer = bytearray(whole)
    place = longer.rfind(len(b"DWARF" * 100).to_bytes(8, "little"))
    longer[place : place + 8] = (1 << 40).to_bytes(8, "little")
    found = read(file, bytes(longer))
    assert found is not None
    assert (found.whole, found.build_id) == (False, data[16:].hex())
