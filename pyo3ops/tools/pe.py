"""PE files (Windows), read by pefile: what a library is for, and which DLLs it is loaded with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGIC = b"MZ"
NEEDS = "pefile"

_MACHINES = {0x8664: "amd64", 0x14C: "x86", 0xAA64: "arm64", 0x1C4: "arm"}
#: The tables of the optional header that are read: exports, imports, debug, delayed imports.
_TABLES = (0, 1, 6, 13)
_CODEVIEW = 2


@dataclass(frozen=True)
class Pe:
    """One PE file; DLLs are in small letters, as Windows does not tell the difference."""

    #: "amd64", "x86", "arm64", "arm", or the number as hexadecimal.
    machine: str
    dlls: tuple[str, ...]
    #: What is imported by name, from which DLL.
    imports: tuple[tuple[str, str], ...]
    exports: tuple[str, ...]
    #: Name and bytes in the file.
    sections: tuple[tuple[str, int], ...]
    #: The file of debug information that it was linked with, as the linker wrote it down.
    pdb: str


def read(path: Path) -> Pe | str:
    """What a PE file is made of, or in words why that cannot be told."""
    try:
        import pefile  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415 - few wheels have one
    except ImportError:
        return f"{NEEDS} is not here"
    # What pefile was seen to raise for damaged files, beside errors of its own.
    damaged = (AttributeError, LookupError, MemoryError, OverflowError, TypeError, ValueError)
    try:
        file = pefile.PE(name=str(path), fast_load=True)
    except (OSError, pefile.PEFormatError, *damaged) as error:
        return f"no readable PE file: {error}"
    try:
        file.parse_data_directories(directories=list(_TABLES))
        return _pe(file)
    except (OSError, pefile.PEFormatError, *damaged) as error:
        return f"no readable PE file: {error}"
    finally:
        file.close()


def _pe(file: Any) -> Pe:  # noqa: ANN401 - pefile has no types
    tables = [*_rows(file, "DIRECTORY_ENTRY_IMPORT"), *_rows(file, "DIRECTORY_ENTRY_DELAY_IMPORT")]
    imports = tuple((_text(row.dll).lower(), _text(each.name)) for row in tables for each in row.imports if each.name)
    machine = int(file.FILE_HEADER.Machine)
    exports = getattr(getattr(file, "DIRECTORY_ENTRY_EXPORT", None), "symbols", ())
    return Pe(
        machine=_MACHINES.get(machine, hex(machine)),
        dlls=tuple(dict.fromkeys(_text(row.dll).lower() for row in tables)),
        imports=imports,
        exports=tuple(_text(each.name) for each in exports if each.name),
        sections=tuple((_text(each.Name), int(each.SizeOfRawData)) for each in file.sections),
        pdb=next(_pdbs(file), ""),
    )


def _pdbs(file: Any) -> Iterator[str]:  # noqa: ANN401
    for row in _rows(file, "DIRECTORY_ENTRY_DEBUG"):
        name = getattr(row.entry, "PdbFileName", None)
        if row.struct.Type == _CODEVIEW and name:
            yield _text(name)


def _rows(file: Any, name: str) -> list[Any]:  # noqa: ANN401
    return list(getattr(file, name, ()) or ())


def _text(data: bytes) -> str:
    return data.split(b"\0")[0].decode("utf-8", "replace")
