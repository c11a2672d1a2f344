from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

import pytest

from pyo3ops.tools import symbols
from pyo3ops.tools.symbols import Symbols

if TYPE_CHECKING:
    from pathlib import Path

BUILD_ID = bytes.fromhex("76eaa3000102030405060708090a0b0c0d0e0f10")
NOTE = struct.pack("<III4s", 4, len(BUILD_ID), 3, b"GNU\0") + BUILD_ID


def elf(*sections: tuple[str, int, bytes]) -> bytes:
    """A 64-bit ELF file of these sections: name, type, content (the gABI, "Sections")."""
    table, body, headers = b"\0", b"", b"\0" * 64
    for name, kind, data in (*sections, (".shstrtab", 3, b"")):
        here = len(table)
        table += name.encode() + b"\0"
        content = table if name == ".shstrtab" else data
        headers += struct.pack("<IIQQQQIIQQ", here, kind, 0, 0, 64 + len(body), len(content), 0, 0, 4, 0)
        body += content
    header = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\x02\x01\x01",
        *(3, 62, 1, 0, 0, 64 + len(body), 0, 64, 0, 0, 64, len(sections) + 2, len(sections) + 1),
    )
    return header + body + headers


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "crab.so"


@pytest.mark.parametrize(
    ("section", "expected", "words"),
    [
        (".text", (False, False), "stripped"),
        (".symtab", (True, False), "names without lines"),
        (".gnu_debugdata", (True, False), "names without lines"),
        (".debug_info", (True, True), "names and lines"),
        (".zdebug_info", (True, True), "names and lines"),
    ],
)
def test_sections_tell(section: str, expected: tuple[bool, bool], words: str, library: Path, tmp_path: Path) -> None:
    library.write_bytes(elf((section, 1, b"x")))
    said = symbols.read(library, tmp_path / "debug")
    assert said == Symbols(library, *expected)
    assert said.words == words


def test_a_debug_file_is_found_by_build_id(library: Path, tmp_path: Path) -> None:
    library.write_bytes(elf((".note.gnu.build-id", 7, NOTE)))
    assert symbols.read(library, tmp_path) == Symbols(library)
    separate = tmp_path / ".build-id/76" / f"{BUILD_ID.hex()[2:]}.debug"
    separate.parent.mkdir(parents=True)
    separate.touch()
    said = symbols.read(library, tmp_path)
    assert said == Symbols(library, names=True, lines=True, separate=separate)
    assert said.words == f"names and lines, in {separate}"


@pytest.mark.parametrize("folder", [".", ".debug", "debug/{parent}"])
def test_a_debug_file_is_found_by_its_link(folder: str, library: Path, tmp_path: Path) -> None:
    library.write_bytes(elf((".gnu_debuglink", 1, b"crab.debug\0\0" + b"\1\2\3\4")))
    debug = tmp_path / "debug"
    assert symbols.read(library, debug) == Symbols(library)
    separate = tmp_path / folder.format(parent=str(library.parent).lstrip("/")) / "crab.debug"
    separate.parent.mkdir(parents=True, exist_ok=True)
    separate.touch()
    assert symbols.read(library, debug) == Symbols(library, names=True, lines=True, separate=separate)


def test_a_link_to_itself_is_none(library: Path, tmp_path: Path) -> None:
    library.write_bytes(elf((".gnu_debuglink", 1, b"crab.so\0" + b"\1\2\3\4")))
    assert symbols.read(library, tmp_path / "debug") == Symbols(library)


def test_what_is_no_elf_file(library: Path) -> None:
    library.write_bytes(b"MZ")
    assert symbols.read(library) == Symbols(library, error="not an ELF file")
    library.unlink()
    assert symbols.read(library) == Symbols(library, error="No such file or directory")
    library.write_bytes(b"\x7fELF\x02\x01\x01")
    said = symbols.read(library)
    assert said.error is not None
    assert said.words.startswith("not a readable ELF file")


def test_damage_is_told(library: Path, tmp_path: Path) -> None:
    whole = elf((".note.gnu.build-id", 7, NOTE), (".gnu_debuglink", 1, b"crab.debug\0"), (".symtab", 2, b"x" * 24))
    dice = random.Random(3)  # noqa: S311 - no secret
    for _ in range(400):
        damaged = bytearray(whole)
        for _ in range(dice.randint(1, 6)):
            damaged[dice.randrange(4, len(damaged))] = dice.randrange(256)
        library.write_bytes(bytes(damaged[: dice.randint(8, len(damaged))]))
        assert symbols.read(library, tmp_path).words
