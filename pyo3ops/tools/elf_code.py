"""Single facts about the code of an ELF file: where a function begins, what an instruction is."""

from __future__ import annotations

import functools
import struct
from typing import TYPE_CHECKING, Any, Iterator

from pyo3ops.tools.elf import MAGIC, TABLE_LIMIT

if TYPE_CHECKING:
    from pathlib import Path

#: mov $15,%rax; syscall: what x86-64 returns from a signal handler with, which libc names in no dynamic symbol.
_SIGRETURN = bytes.fromhex("48c7c00f0000000f05")
#: Functions of one file that are remembered.
_MOST = 2_000_000


def begin(path: Path, name: str) -> int | None:
    """Where a function or object begins, in the file's own addresses; None for a name that it has not, or twice."""
    return _begins(path).get(name)


def is_sigreturn(path: Path, address: int) -> bool:
    """True where the code at an address of a file returns from a signal handler."""
    from elftools.common.exceptions import ELFError  # noqa: PLC0415 - slow to import
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            for each in ELFFile(file).iter_segments("PT_LOAD"):
                if each["p_vaddr"] <= address < each["p_vaddr"] + each["p_filesz"]:
                    file.seek(each["p_offset"] + address - each["p_vaddr"])
                    return file.read(len(_SIGRETURN)) == _SIGRETURN
    except (OSError, ELFError, struct.error, AssertionError, LookupError, OverflowError, TypeError, ValueError):
        pass
    return False


@functools.lru_cache(maxsize=16)
def _begins(path: Path) -> dict[str, int]:
    from elftools.common.exceptions import ELFError  # noqa: PLC0415
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415

    found: dict[str, int] = {}
    twice = set()
    try:
        with path.open("rb") as file:
            if file.read(4) != MAGIC:
                return {}
            file.seek(0)
            for _, (name, value) in zip(range(_MOST), _symbols(ELFFile(file))):
                if found.setdefault(name, value) != value:
                    twice.add(name)
    except (OSError, ELFError, struct.error, AssertionError, AttributeError, LookupError, MemoryError):
        return {}
    except (OverflowError, TypeError, ValueError):
        return {}
    return {name: value for name, value in found.items() if name not in twice}


def _symbols(file: Any) -> Iterator[tuple[str, int]]:  # noqa: ANN401 - pyelftools names no types
    """Name and address of what is defined, of both symbol tables."""
    order, wide = "<" if file.little_endian else ">", file.elfclass == 64  # noqa: PLR2004
    layout = struct.Struct(order + ("IBBHQQ" if wide else "IIIBBH"))
    for name in (".dynsym", ".symtab"):
        section = file.get_section_by_name(name)
        if section is None or section["sh_type"] == "SHT_NOBITS":
            continue
        strings = _bytes(file, file.get_section(section["sh_link"]))
        data = _bytes(file, section)
        for row in layout.iter_unpack(data[: len(data) // layout.size * layout.size]):
            index, value, place = (row[3], row[4], row[0]) if wide else (row[5], row[1], row[0])
            if index and place:
                yield strings[place : strings.find(b"\0", place)].decode("utf-8", "replace"), value


def _bytes(file: Any, section: Any) -> bytes:  # noqa: ANN401
    file.stream.seek(section["sh_offset"])
    return bytes(file.stream.read(min(section["sh_size"], TABLE_LIMIT)))
