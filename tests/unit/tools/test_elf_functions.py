from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from pyo3ops.tools import elf_functions

from .elves import library

if TYPE_CHECKING:
    from pathlib import Path


def symbols(*rows: tuple[str, int, int]) -> bytes:
    """A library with a symbol table of names, types and sections."""
    strings, table = b"\0", bytes(24)
    for name, kind, section in rows:
        table += struct.pack("<IBBHQQ", len(strings), kind, 0, section, 0x1000, 4)
        strings += name.encode() + b"\0"
    # The table names the section of its strings, which is the one after it.
    data = bytearray(library((".symtab", 2, table), (".strtab", 3, strings), (".debug_str", 1, b"first\0second\0")))
    start = struct.unpack_from("<Q", data, 40)[0]
    struct.pack_into("<I", data, start + 64 + 40, 2)
    struct.pack_into("<Q", data, start + 64 + 56, 24)
    return bytes(data)


def test_functions_of_a_symbol_table(tmp_path: Path) -> None:
    file = tmp_path / "x.so"
    file.write_bytes(symbols(("_ZN1a1bE", 0x02, 1), ("data", 0x01, 1), ("elsewhere", 0x12, 0), ("c", 0x12, 1)))
    assert elf_functions.names(file) == ("_ZN1a1bE", "c")


def test_words_of_debug_information_are_whole(tmp_path: Path) -> None:
    file = tmp_path / "x.so"
    file.write_bytes(symbols())
    assert [elf_functions.speaks_of(file, word) for word in ("first", "second", "cond", "fir")] == [
        True,
        True,
        False,
        False,
    ]


def test_what_has_no_symbols(tmp_path: Path) -> None:
    stripped, cut, text = tmp_path / "a.so", tmp_path / "b.so", tmp_path / "c.so"
    stripped.write_bytes(library((".text", 1, b"x")))
    whole = symbols(("a", 2, 1))
    text.write_text("no library", encoding="utf-8")
    assert [elf_functions.names(each) for each in (stripped, text, tmp_path / "none", tmp_path)] == [()] * 4
    for end in range(0, len(whole), 7):
        cut.write_bytes(whole[:end])
        assert elf_functions.names(cut) in ((), ("a",))
        assert elf_functions.speaks_of(cut, "first") in (False, True)
