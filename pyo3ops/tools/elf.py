"""ELF files: headers, sections and dynamic tags by pyelftools, symbol tables, which may be huge, by struct.

What the fields mean is in the System V ABI and, for symbol versions, the build ID and the stack, in the LSB and the
GNU gABI extensions.
"""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MAGIC = b"\x7fELF"
_T = TypeVar("_T")
#: Bytes read of a table of symbols, or of its strings, of the dynamic loader; those of real modules have one megabyte.
TABLE_LIMIT = 64 * 2**20
#: Bytes of a note section, or of another small one, that are looked at.
NOTE_LIMIT = 65536
#: Versions that a library asks of others, and others that it asks them of: real ones have some dozens.
_MOST_NEEDS = 10_000
#: What glibc takes for the stack of a library that says nothing (its stackinfo.h); all others: not executable.
_EXECUTABLE_BY_DEFAULT = frozenset({"x86_64", "i686", "armv7"})

#: STB_WEAK: the loader goes on where nothing defines the symbol.
_WEAK = 2

_MACHINES = {
    ("EM_X86_64", 64): "x86_64",
    ("EM_X86_64", 32): "x32",
    ("EM_386", 32): "i686",
    ("EM_AARCH64", 64): "aarch64",
    ("EM_ARM", 32): "armv7",
    ("EM_PPC64", 64): "ppc64",
    ("EM_S390", 64): "s390x",
    ("EM_RISCV", 64): "riscv64",
    ("EM_LOONGARCH", 64): "loongarch64",
}


class Need(NamedTuple):
    """A symbol version that a library of another file must bring; `weak` where the loader goes on without it."""

    library: str
    version: str
    weak: bool = False


class Symbol(NamedTuple):
    """A symbol of the dynamic loader; `version` is the one that is asked for, empty without any."""

    name: str
    version: str
    defined: bool
    weak: bool


@dataclass(frozen=True)
class Elf:
    """One ELF file, as the dynamic loader and a debugger see it."""

    #: As wheels spell it, but for "armv7" (armv7l there); the name of the standard for what is not listed.
    machine: str
    bits: int
    soname: str
    #: DT_NEEDED.
    needed: tuple[str, ...]
    #: The folders of DT_RPATH and DT_RUNPATH; an empty one is the working directory.
    rpaths: tuple[str, ...]
    #: Hexadecimal, or empty.
    build_id: str
    executable_stack: bool
    #: Library and symbol version, for each that the loader insists on.
    versions: tuple[tuple[str, str], ...]
    #: Names of dynamic symbols.
    undefined: tuple[str, ...]
    defined: tuple[str, ...]
    #: Name and bytes in the file.
    sections: tuple[tuple[str, int], ...]
    #: A symbol table beside that of the loader (.symtab).
    has_symbols: bool
    #: DWARF (.debug_info).
    has_debug: bool
    #: The name in .gnu_debuglink, or empty.
    debuglink: str
    #: Library and symbol version of what the loader goes on without.
    weak_versions: tuple[tuple[str, str], ...] = ()
    #: A symbol and the version it asks for, or an empty one.
    wanted: tuple[tuple[str, str], ...] = ()
    #: Names of `undefined` that the loader goes on without.
    weak: tuple[str, ...] = ()


def read(path: Path) -> Elf | None:
    """What an ELF file is made of; None for what is none, is damaged or cannot be read."""
    return _opened(path, _elf)


def needed(path: Path) -> tuple[str, ...]:
    """The names under DT_NEEDED; empty for a file that is no ELF file, or a damaged one."""
    return _opened(path, _needed) or ()


def section(path: Path, name: str, limit: int = NOTE_LIMIT) -> bytes:
    """The first `limit` bytes of a section as they are in the file; empty where it has none of that name."""
    return _opened(path, lambda file: _bytes(file, file.get_section_by_name(name), limit)) or b""


def symbol_sizes(path: Path) -> tuple[tuple[str, int], ...]:
    """Name and bytes of each function and object in .symtab; empty for a stripped file."""
    return _opened(path, lambda file: tuple(_sizes(file, path))) or ()


def _opened(path: Path, use: Callable[[Any], _T]) -> _T | None:
    """What `use` makes of the file that pyelftools opened; None where that is not to be had."""
    # Slow to import, and few projects have a library lying about.
    from elftools.common.exceptions import ELFError  # noqa: PLC0415

    # What pyelftools was seen to raise for damaged files, beside errors of its own.
    damaged = (AssertionError, AttributeError, LookupError, MemoryError, OverflowError, TypeError, ValueError)
    try:
        with path.open("rb") as file:
            return use(_file(file)) if file.read(4) == MAGIC else None
    except (OSError, ELFError, struct.error, *damaged):
        return None


def _file(stream: Any) -> Any:  # noqa: ANN401 - pyelftools names no types for what it reads
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415

    stream.seek(0)
    return ELFFile(stream)


def _elf(file: Any) -> Elf:  # noqa: ANN401
    # Each is read anew whenever pyelftools is asked for it.
    every = list(file.iter_sections())
    sections = {each.name: each for each in every}
    tags = list(_dynamic(file, every))
    needs = _needs(sections)
    symbols = list(_symbols(file, sections, needs))
    machine = _machine(file)
    insisted = dict.fromkeys((need.library, need.version) for need in needs.values() if not need.weak)
    return Elf(
        machine=machine,
        bits=file.elfclass,
        soname=next((tag.soname for tag in tags if hasattr(tag, "soname")), ""),
        needed=tuple(tag.needed for tag in tags if hasattr(tag, "needed")),
        rpaths=tuple(dict.fromkeys(_rpaths(tags))),
        build_id=_build_id(file, sections),
        executable_stack=_executable_stack(file, machine),
        versions=tuple(insisted),
        undefined=tuple(dict.fromkeys(symbol.name for symbol in symbols if not symbol.defined)),
        defined=tuple(dict.fromkeys(symbol.name for symbol in symbols if symbol.defined)),
        sections=tuple((each.name, _size(each)) for each in every if each.name),
        has_symbols=".symtab" in sections,
        has_debug=bool(sections.keys() & {".debug_info", ".zdebug_info"}),
        debuglink=_text(_bytes(file, sections.get(".gnu_debuglink"), NOTE_LIMIT).split(b"\0")[0]),
        weak_versions=tuple(dict.fromkeys((need.library, need.version) for need in needs.values() if need.weak)),
        wanted=tuple(dict.fromkeys((symbol.name, symbol.version) for symbol in symbols if not symbol.defined)),
        weak=tuple(dict.fromkeys(symbol.name for symbol in symbols if symbol.weak and not symbol.defined)),
    )


def _machine(file: Any) -> str:  # noqa: ANN401
    name = _MACHINES.get((file["e_machine"], file.elfclass), str(file["e_machine"]).replace("EM_", "").lower())
    return f"{name}le" if name == "ppc64" and file.little_endian else name


def _needed(file: Any) -> tuple[str, ...]:  # noqa: ANN401
    tags = _dynamic(file, list(file.iter_sections("SHT_DYNAMIC")))
    return tuple(tag.needed for tag in tags if hasattr(tag, "needed"))


def _dynamic(file: Any, sections: list[Any]) -> Iterator[Any]:  # noqa: ANN401
    """The tags of the dynamic section; of the segment where the file has no sections at all."""
    for each in sections:
        if each["sh_type"] == "SHT_DYNAMIC":
            yield from each.iter_tags()
    if not file.num_sections():
        for segment in file.iter_segments("PT_DYNAMIC"):
            yield from segment.iter_tags()


def _rpaths(tags: list[Any]) -> Iterator[str]:
    """The elements of each path; an empty one among others is the working directory."""
    for tag in tags:
        for kind in ("rpath", "runpath"):
            if getattr(tag, kind, ""):
                yield from getattr(tag, kind).split(":")


def _build_id(file: Any, sections: dict[str, Any]) -> str:  # noqa: ANN401
    """The description of the GNU note of type 3, from its section, or from the segments of a file without sections."""
    note = sections.get(".note.gnu.build-id")
    places = [note] if note is not None else list(file.iter_segments("PT_NOTE"))
    for place in places:
        for name, kind, description in _notes(_bytes(file, place, NOTE_LIMIT), "<" if file.little_endian else ">"):
            if name == b"GNU\0" and kind == 3:  # noqa: PLR2004 - NT_GNU_BUILD_ID
                return description.hex()
    return ""


def _notes(data: bytes, order: str) -> Iterator[tuple[bytes, int, bytes]]:
    place = 0
    while place + 12 <= len(data):
        name, description, kind = struct.unpack_from(f"{order}III", data, place)
        start = place + 12 + -(-name // 4) * 4
        yield data[place + 12 : place + 12 + name], kind, data[start : start + description]
        place = start + -(-description // 4) * 4


def _executable_stack(file: Any, machine: str) -> bool:  # noqa: ANN401
    stacks = [segment["p_flags"] for segment in file.iter_segments("PT_GNU_STACK")]
    if stacks:
        return bool(stacks[0] & 1)
    return machine in _EXECUTABLE_BY_DEFAULT and any(file.iter_segments("PT_LOAD"))


def _needs(sections: dict[str, Any]) -> dict[int, Need]:
    """What each index of a symbol's version stands for, out of .gnu.version_r."""
    found: dict[int, Need] = {}
    table = sections.get(".gnu.version_r")
    if table is None or table["sh_type"] != "SHT_GNU_verneed":
        return found
    # The counts of a damaged table say billions, and where the next entry is "0 bytes on" it is the same one for ever.
    libraries = itertools.islice(table.iter_versions(), _MOST_NEEDS)
    rows = ((library, version) for library, versions in libraries for version in versions)
    for library, version in itertools.islice(rows, _MOST_NEEDS):
        weak = bool(version["vna_flags"] & 2)  # VER_FLG_WEAK
        found[version["vna_other"] & 0x7FFF] = Need(library.name, version.name, weak)
    return found


def _symbols(file: Any, sections: dict[str, Any], needs: dict[int, Need]) -> Iterator[Symbol]:  # noqa: ANN401
    table = sections.get(".dynsym")
    if table is None:
        return
    strings = _bytes(file, file.get_section(table["sh_link"]), TABLE_LIMIT)
    versions = _bytes(file, sections.get(".gnu.version"), TABLE_LIMIT)
    order = "<" if file.little_endian else ">"
    for place, (name, info, shndx, _) in enumerate(_entries(file, _bytes(file, table, TABLE_LIMIT))):
        if name:
            index = struct.unpack_from(f"{order}H", versions, 2 * place)[0] if 2 * place + 2 <= len(versions) else 0
            need = needs.get(index & 0x7FFF)
            version = need.version if need and not shndx else ""
            yield Symbol(_string(strings, name), version, bool(shndx), info >> 4 == _WEAK)


def _entries(file: Any, data: bytes) -> Iterator[tuple[int, int, int, int]]:  # noqa: ANN401
    """Name, info, section and size of each symbol."""
    layout = struct.Struct(("<" if file.little_endian else ">") + ("IBBHQQ" if file.elfclass == 64 else "IIIBBH"))  # noqa: PLR2004
    data = data[: len(data) // layout.size * layout.size]
    if file.elfclass == 64:  # noqa: PLR2004
        yield from ((name, info, shndx, size) for name, info, _, shndx, _, size in layout.iter_unpack(data))
    else:
        yield from ((name, info, shndx, size) for name, _, size, info, _, shndx in layout.iter_unpack(data))


def _sizes(file: Any, path: Path) -> Iterator[tuple[str, int]]:  # noqa: ANN401
    table = file.get_section_by_name(".symtab")
    if table is None or table["sh_type"] == "SHT_NOBITS":
        return
    size = path.stat().st_size
    strings = _bytes(file, file.get_section(table["sh_link"]), size)
    for name, info, shndx, bytes_ in _entries(file, _bytes(file, table, size)):
        # Objects and functions that are in this file.
        if bytes_ and shndx and info & 15 in (1, 2):
            yield _string(strings, name), bytes_


def _size(section: Any) -> int:  # noqa: ANN401
    return 0 if section["sh_type"] == "SHT_NOBITS" else int(section["sh_size"])


def _bytes(file: Any, place: Any, limit: int) -> bytes:  # noqa: ANN401
    """What a section or a segment holds, as it is in the file, up to `limit`."""
    if place is None:
        return b""
    segment = "p_offset" in place.header
    if not segment and place["sh_type"] == "SHT_NOBITS":
        return b""
    file.stream.seek(place["p_offset" if segment else "sh_offset"])
    return bytes(file.stream.read(min(limit, place["p_filesz" if segment else "sh_size"])))


def _string(strings: bytes, place: int) -> str:
    end = strings.find(b"\0", place)
    return _text(strings[place:end] if end >= 0 else strings[place:])


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
