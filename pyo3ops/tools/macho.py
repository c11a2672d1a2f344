"""Mach-O files (macOS), read by macholib: one description for each architecture that a file has."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Of one architecture, in either byte order, and of several ("fat"; Java's class files begin like that as well).
MAGICS = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xfe\xed\xfa\xce")
FAT_MAGICS = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
#: What a class file of Java has where a fat file counts its architectures: its version, from 45 on.
_MOST_SLICES = 40
NEEDS = "macholib"
#: Bytes of symbols, and of their names, that are read of one architecture.
TABLE_LIMIT = 64 * 2**20

_MACHINES = {7: "i386", 0x01000007: "x86_64", 12: "arm", 0x0100000C: "arm64", 18: "ppc", 0x01000012: "ppc64"}
_LIBRARIES = {"LC_LOAD_DYLIB", "LC_LOAD_WEAK_DYLIB", "LC_REEXPORT_DYLIB", "LC_LOAD_UPWARD_DYLIB"}
_MACOS = 1
#: Of a symbol's type: a debugging entry, what it is, and whether others see it.
_STAB, _TYPE, _EXTERNAL = 0xE0, 0x0E, 0x01


@dataclass(frozen=True)
class Slice:
    """One architecture of a Mach-O file; symbols are named as in C, without the leading underscore."""

    machine: str
    libraries: tuple[str, ...]
    rpaths: tuple[str, ...]
    #: The oldest macOS it is for, such as (11, 0); None where it does not say.
    minimum: tuple[int, int] | None
    uuid: str
    undefined: tuple[str, ...]
    defined: tuple[str, ...]
    #: Segment and section, and bytes in the file.
    sections: tuple[tuple[str, int], ...]


def is_macho(head: bytes) -> bool:
    """True for the first bytes of a Mach-O file, of one architecture or of several."""
    return head[:4] in MAGICS or (head[:4] in FAT_MAGICS and 0 < int.from_bytes(head[4:8], "big") < _MOST_SLICES)


def read(path: Path) -> tuple[Slice, ...] | str:
    """The architectures of a Mach-O file, or in words why they cannot be told."""
    try:
        from macholib.MachO import (  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415
            MachO,
        )
    except ImportError:
        return f"{NEEDS} is not here"
    # What macholib was seen to raise for damaged files.
    damaged = (AssertionError, AttributeError, LookupError, MemoryError, OverflowError, TypeError, ValueError)
    try:
        headers = MachO(str(path), allow_unknown_load_commands=True).headers
        with path.open("rb") as file:
            return tuple(_slice(header, file) for header in headers)
    except (OSError, EOFError, struct.error, *damaged) as error:
        return f"no readable Mach-O file: {error}"


def _slice(header: Any, file: BinaryIO) -> Slice:  # noqa: ANN401 - macholib has no types
    commands = [(load.get_cmd_name(), command, data) for load, command, data in header.commands]
    symbols = tuple(_symbols(header, commands, file))
    return Slice(
        machine=_MACHINES.get(header.header.cputype & 0xFFFFFFFF, hex(header.header.cputype)),
        libraries=tuple(_text(data) for name, _, data in commands if name in _LIBRARIES),
        rpaths=tuple(_text(data) for name, _, data in commands if name == "LC_RPATH"),
        minimum=next(_minimums(commands), None),
        uuid=next((bytes(command.uuid).hex() for name, command, _ in commands if name == "LC_UUID"), ""),
        undefined=tuple(name for name, here in symbols if not here),
        defined=tuple(name for name, here in symbols if here),
        sections=tuple(_sections(commands)),
    )


def _minimums(commands: list[tuple[str, Any, Any]]) -> Iterator[tuple[int, int]]:
    for name, command, _ in commands:
        if name == "LC_BUILD_VERSION" and int(command.platform) == _MACOS:
            yield int(command.minos) >> 16, int(command.minos) >> 8 & 255
        elif name == "LC_VERSION_MIN_MACOSX":
            yield int(command.version) >> 16, int(command.version) >> 8 & 255


def _sections(commands: list[tuple[str, Any, Any]]) -> Iterator[tuple[str, int]]:
    for name, _, data in commands:
        if name in ("LC_SEGMENT", "LC_SEGMENT_64"):
            for section in data:
                # What is zero at the start takes no place in the file.
                size = 0 if int(section.flags) & 255 == 1 else int(section.size)
                yield f"{_text(section.segname)},{_text(section.sectname)}", size


def _symbols(header: Any, commands: list[tuple[str, Any, Any]], file: BinaryIO) -> Iterator[tuple[str, bool]]:  # noqa: ANN401
    """The external symbols, and whether each is defined here."""
    for command in (command for name, command, _ in commands if name == "LC_SYMTAB"):
        wide = bool(header.header.cputype & 0x01000000)
        layout = struct.Struct(header.endian + ("IBBHQ" if wide else "IBBHI"))
        data = _part(file, header.offset + command.symoff, min(command.nsyms * layout.size, TABLE_LIMIT))
        names = _part(file, header.offset + command.stroff, min(command.strsize, TABLE_LIMIT))
        for place, kind, _, _, value in layout.iter_unpack(data[: len(data) // layout.size * layout.size]):
            if kind & _EXTERNAL and not kind & _STAB:
                # Undefined, with no size: that would be a common symbol.
                yield _name(names, place), bool(kind & _TYPE or value)


def _part(file: BinaryIO, place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)


def _name(names: bytes, place: int) -> str:
    end = names.find(b"\0", place)
    text = names[place : end if end >= 0 else None].decode("utf-8", "replace")
    return text[1:] if text.startswith("_") else text


def _text(data: Any) -> str:  # noqa: ANN401
    return bytes(data).split(b"\0")[0].decode("utf-8", "replace")
