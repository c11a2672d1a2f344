"""Which build an ELF file is of, what can be named with it, and which other file it says to have that apart.

`read` looks at headers and small sections alone, so that a debug file of a gigabyte costs no more than a small one.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyo3ops.tools.elf import MAGIC, NOTE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The gdb manual, "Debugging Information in Separate Files".
_LINK = ".gnu_debuglink"
_CHUNK = 2**20


@dataclass(frozen=True)
class DebugFile:
    """One ELF file as a debugger sees it."""

    path: Path
    #: Hexadecimal, or empty.
    build_id: str = ""
    #: A symbol table.
    names: bool = False
    #: DWARF, which has lines and inlined calls.
    lines: bool = False
    #: The name of the file in .gnu_debuglink and its CRC-32; empty and 0 without.
    link: str = ""
    crc: int = 0
    #: Where the first byte is that is loaded, in the file's own addresses; 0 for all but programs at fixed places.
    start: int = 0
    #: Nothing that its headers promise is beyond its end.
    whole: bool = True
    #: Its code is in it, which a debug file leaves out.
    code: bool = False


def read(path: Path) -> DebugFile | None:
    """What a file is; None for what is no ELF file, is damaged, or cannot be read."""
    # Slow to import, and only an address asks.
    from elftools.common.exceptions import ELFError  # noqa: PLC0415
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            if file.read(4) != MAGIC:
                return None
            file.seek(0)
            return _described(path, ELFFile(file))
    # What pyelftools was seen to raise for damaged files, beside errors of its own.
    except (OSError, ELFError, struct.error, AssertionError, AttributeError, LookupError):
        return None
    except (MemoryError, OverflowError, TypeError, ValueError):
        return None


def _described(path: Path, file: Any) -> DebugFile:  # noqa: ANN401 - pyelftools names no types
    sections = {section.name: section for section in file.iter_sections()}
    link = _data(file, sections.get(_LINK))
    name = link.split(b"\0")[0]
    order = "<" if file.little_endian else ">"
    crc = len(name) // 4 * 4 + 4
    return DebugFile(
        path,
        build_id=next(_build_ids(file, sections, order), ""),
        names=_has(sections, ".symtab"),
        lines=_has(sections, ".debug_info") or _has(sections, ".zdebug_info"),
        link=name.decode("utf-8", "replace"),
        crc=struct.unpack_from(f"{order}I", link, crc)[0] if name else 0,
        start=min((each["p_vaddr"] & -4096 for each in file.iter_segments("PT_LOAD")), default=0),
        whole=_end(file, sections) <= path.stat().st_size,
        code=_has(sections, ".text"),
    )


def _end(file: Any, sections: dict[str, Any]) -> int:  # noqa: ANN401
    """Where the last section ends, or the table of them."""
    there = [each["sh_offset"] + each["sh_size"] for each in sections.values() if each["sh_type"] != "SHT_NOBITS"]
    return int(max((*there, file["e_shoff"] + file["e_shnum"] * file["e_shentsize"])))


def _has(sections: dict[str, Any], name: str) -> bool:
    """True where a section is in the file, and not only named: a debug file names those that its library has."""
    return name in sections and sections[name]["sh_type"] != "SHT_NOBITS"


def _data(file: Any, section: Any) -> bytes:  # noqa: ANN401
    if section is None or section["sh_type"] == "SHT_NOBITS":
        return b""
    file.stream.seek(section["sh_offset"])
    return bytes(file.stream.read(min(section["sh_size"], NOTE_LIMIT)))


def _build_ids(file: Any, sections: dict[str, Any], order: str) -> Iterator[str]:  # noqa: ANN401
    """The description of each GNU note of type 3, from its section, or from the segments of a file without any."""
    section = sections.get(".note.gnu.build-id")
    found = [_data(file, section)] if section is not None else [_segment(file, each) for each in _notes(file)]
    for data in found:
        place = 0
        while place + 12 <= len(data):
            name, size, kind = struct.unpack_from(f"{order}III", data, place)
            start = place + 12 + -(-name // 4) * 4
            if kind == 3 and data[place + 12 : place + 16] == b"GNU\0":  # noqa: PLR2004 - NT_GNU_BUILD_ID
                yield data[start : start + size].hex()
            place = start + -(-size // 4) * 4


def _notes(file: Any) -> list[Any]:  # noqa: ANN401
    return list(file.iter_segments("PT_NOTE"))


def _segment(file: Any, segment: Any) -> bytes:  # noqa: ANN401
    file.stream.seek(segment["p_offset"])
    return bytes(file.stream.read(min(segment["p_filesz"], NOTE_LIMIT)))


def crc_of(path: Path) -> int | None:
    """The CRC-32 that a .gnu_debuglink holds of this file; None where it cannot be read."""
    crc = 0
    try:
        with path.open("rb") as file:
            for part in iter(lambda: file.read(_CHUNK), b""):
                crc = zlib.crc32(part, crc)
    except OSError:
        return None
    return crc


def links(library: Path, name: str, debug: Path) -> Iterator[Path]:
    """Where gdb looks for the file that a library's .gnu_debuglink names; a name with folders in it is none."""
    if "/" in name or name in {"", ".", ".."}:
        return
    real = library.resolve()
    for folder in (real.parent, real.parent / ".debug", debug / real.parent.relative_to(real.anchor)):
        if folder / name != real:
            yield folder / name
