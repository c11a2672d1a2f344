"""The functions that the symbol table of an ELF file names, and whether its debug information knows a word."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from pyo3ops.tools import elf

if TYPE_CHECKING:
    from pathlib import Path

#: STT_FUNC, and the most symbols that are read of one file.
_FUNCTION = 2
_MOST = 2_000_000
#: Bytes of .debug_str that are looked into.
_WORDS = 512 * 2**20


def names(path: Path) -> tuple[str, ...]:
    """The functions that are in a file, as they are mangled; empty for a stripped file, and for what is no ELF file."""
    from elftools.common.exceptions import ELFError  # noqa: PLC0415 - slow to import

    try:
        with path.open("rb") as file:
            return tuple(_names(file)) if file.read(4) == elf.MAGIC else ()
    except (OSError, ELFError, struct.error, AssertionError, AttributeError, LookupError, MemoryError):
        return ()
    except (OverflowError, TypeError, ValueError):
        return ()


def _names(stream: Any) -> list[str]:  # noqa: ANN401 - pyelftools names no types
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415

    stream.seek(0)
    file = ELFFile(stream)
    table = file.get_section_by_name(".symtab")
    if table is None or table["sh_type"] == "SHT_NOBITS":
        return []
    wide = file.elfclass == 64  # noqa: PLR2004
    layout = struct.Struct(("<" if file.little_endian else ">") + ("IBBHQQ" if wide else "IIIBBH"))
    strings, data = file.get_section(table["sh_link"]).data(), table.data()
    found = []
    for row in layout.iter_unpack(data[: min(len(data) // layout.size, _MOST) * layout.size]):
        name, info, section = (row[0], row[1], row[3]) if wide else (row[0], row[3], row[5])
        if name and section and info & 15 == _FUNCTION:
            found.append(strings[name : strings.find(b"\0", name)].decode("utf-8", "replace"))
    return found


def speaks_of(path: Path, word: str) -> bool:
    """True where the debug information of a file has exactly this word, as the name of whatever it is."""
    words = elf.section(path, ".debug_str", _WORDS)
    return b"\0" + word.encode() + b"\0" in words or words.startswith(word.encode() + b"\0")
