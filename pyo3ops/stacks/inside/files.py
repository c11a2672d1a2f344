"""ELF files and the maps of a process, by struct: what is needed before a debugger has read anything."""
# ruff: noqa: FA100 - a debugger's own Python may be 3.6, which has no such future

import errno
import io
import os
import re
import stat
import struct
from pathlib import Path
from typing import BinaryIO, Dict, Iterator, List, NamedTuple, Optional, Tuple

_LOAD = 1
_NOTE = 4
_SHT_NOTE = 7
_BUILD_ID = 3
#: Headers, notes and names of sections: files with more are damaged, or made to fill memory.
LIMIT = 4 << 20
#: No file is that large, and no further can be sought.
MAXIMUM = 1 << 62
#: What /proc/PID/maps says behind the path of a file that is gone.
_DELETED = " (deleted)"
#: PY_VERSION among the constants of libpython, where it may be the end of a longer string: one of `_LONGER` is before
#: it then. That is looked at afterwards, for what begins a pattern as it stands is found ten times faster.
_VERSION = re.compile(rb"(3\.[0-9]{1,2})\.[0-9]{1,2}(?:(?:a|b|rc)[0-9]{1,2})?\+?(?=\0)")
_LONGER = tuple(b"%c" % each for each in b"0123456789.")
#: How libpython and python are called, whatever the system.
_NAME = re.compile(r"python(3\.[0-9]{1,2})")


class Segment(NamedTuple):
    """One program header."""

    kind: int
    offset: int
    address: int
    file_size: int
    memory_size: int


class Section(NamedTuple):
    """One section header."""

    name: str
    kind: int
    address: int
    offset: int
    size: int


class Elf(NamedTuple):
    """What the headers of a 64-bit, little-endian file say."""

    kind: int
    machine: int
    segments: Tuple[Segment, ...]
    sections: Tuple[Section, ...]
    size: int

    def section(self, name: str) -> Optional[Section]:
        """The section of a name."""
        return next((each for each in self.sections if each.name == name), None)


def opened(path: str) -> BinaryIO:
    """A regular file, to read; raises `OSError` for anything else.

    A core may name a pipe, which nobody writes to, or a device, which does something when it is opened.
    """
    descriptor = -1
    if stat.S_ISREG(Path(path).stat().st_mode):
        # It may be another one by now: whatever it is, opening it waits for nothing.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    if descriptor >= 0 and stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    if descriptor >= 0:
        os.close(descriptor)
    raise OSError(errno.EINVAL, "it is no regular file", path)


def read_elf(path: str) -> Optional[Elf]:
    """The headers of a file; None for what is no such file, or cannot be read."""
    try:
        with opened(path) as file:
            return _elf(file, os.fstat(file.fileno()).st_size)
    except (OSError, struct.error, IndexError, ValueError):
        return None


def _elf(file: BinaryIO, size: int) -> Optional[Elf]:
    head = file.read(64)
    if head[:6] != b"\x7fELF\x02\x01":
        return None
    kind, machine = struct.unpack_from("<HH", head, 16)
    segments_at, sections_at = struct.unpack_from("<QQ", head, 32)
    _, each_segment, segments, each_section, sections, names = struct.unpack_from("<6H", head, 52)
    return Elf(
        kind,
        machine,
        tuple(_segments(part(file, segments_at, each_segment * segments), each_segment)),
        tuple(_sections(file, part(file, sections_at, each_section * sections), each_section, names)),
        size,
    )


def part(file: BinaryIO, offset: int, size: int, limit: int = LIMIT) -> bytes:
    """Some bytes of a file, as many as there are."""
    if offset > MAXIMUM:
        return b""
    file.seek(offset)
    return file.read(min(size, limit))


def _segments(data: bytes, each: int) -> Iterator[Segment]:
    for at in range(0, len(data) - 55 if each else 0, each or 1):
        kind, _, offset, address, _, file_size, memory_size, _ = struct.unpack_from("<IIQQQQQQ", data, at)
        yield Segment(kind, offset, address, file_size, memory_size)


def _sections(file: BinaryIO, data: bytes, each: int, names: int) -> List[Section]:
    if not each or len(data) < each * (names + 1):
        return []
    rows = [struct.unpack_from("<IIQQQQ", data, at) for at in range(0, len(data) - each + 1, each)]
    texts = part(file, rows[names][4], rows[names][5])
    return [
        Section(texts[name : texts.find(b"\0", name)].decode("ascii", "replace"), kind, address, offset, size)
        for name, kind, _, address, offset, size in rows
    ]


def build_id(path: str, elf: Elf) -> Optional[str]:
    """The build ID, hexadecimal."""
    places = [(each.offset, each.file_size) for each in elf.segments if each.kind == _NOTE]
    places += [(each.offset, each.size) for each in elf.sections if each.kind == _SHT_NOTE]
    with opened(path) as file:
        return next((found for found in (_gnu(part(file, *place)) for place in places) if found), None)


def build_id_of(page: bytes) -> Optional[str]:
    """The build ID in the first bytes of a file."""
    elf = _elf(io.BytesIO(page), len(page))
    parts = (
        (page[each.offset : each.offset + each.file_size] for each in elf.segments if each.kind == _NOTE) if elf else ()
    )
    return next((found for found in map(_gnu, parts) if found), None)


def _gnu(data: bytes) -> Optional[str]:
    found = (content for name, kind, content in notes(data) if name == b"GNU" and kind == _BUILD_ID)
    return next((content.hex() for content in found), None)


def notes(data: bytes) -> Iterator[Tuple[bytes, int, bytes]]:
    """Name, kind and content of each note in a segment of them."""
    at = 0
    while at + 12 <= len(data):
        name_size, size, kind = struct.unpack_from("<III", data, at)
        start = at + 12 + (name_size + 3) // 4 * 4
        yield data[at + 12 : at + 12 + name_size].rstrip(b"\0"), kind, data[start : start + size]
        at = start + (size + 3) // 4 * 4


def bias(elf: Elf, start: int) -> int:
    """What is to be added to the addresses in a file whose first byte lies at `start`; 0 for a fixed executable."""
    first = next((each for each in elf.segments if each.kind == _LOAD), None)
    return start - (first.address - first.offset) if first else 0


class Mapped(NamedTuple):
    """A file in a process's memory: where its first byte lies, and every range of it."""

    path: str
    start: int
    #: Start, end, and whether code may run there.
    ranges: Tuple[Tuple[int, int, bool], ...]
    #: The file is not at its place any more, though another one may be.
    deleted: bool = False

    @property
    def code(self) -> bool:
        """True where code may run in it."""
        return any(each[2] for each in self.ranges)


def mapped(lines: str) -> List[Mapped]:
    """The files of /proc/PID/maps (proc(5))."""
    runs: Dict[str, List[List[Tuple[int, int, int, bool]]]] = {}
    # A name may have anything in it that ends a line elsewhere; the kernel escapes the line break alone.
    for line in lines.split("\n"):
        words = line.split(None, 5)
        if len(words) == 6 and words[5].startswith("/"):  # noqa: PLR2004
            start, end = (int(word, 16) for word in words[0].split("-"))
            path, offset = words[5].replace("\\012", "\n"), int(words[2], 16)
            # What prints its own backtrace maps files again to read them, from the beginning and in one piece.
            if path not in runs or offset == 0:
                runs.setdefault(path, []).append([])
            runs[path][-1].append((start, end, offset, "x" in words[1]))
    return [_mapped(path, every) for path, every in runs.items()]


def _mapped(path: str, runs: List[List[Tuple[int, int, int, bool]]]) -> Mapped:
    """The file as it is loaded: the mappings in a row of which some are code."""
    parts = next((run for run in runs if any(code for _, _, _, code in run)), runs[0])
    base = min(max(0, start - offset) for start, _, offset, _ in parts)
    deleted = path.endswith(_DELETED)
    name = path[: -len(_DELETED)] if deleted else path
    return Mapped(name, base, tuple((start, end, code) for start, end, _, code in parts), deleted=deleted)


class Found(NamedTuple):
    """The interpreter in a process; None for what is not told. `runtime` is the address of `_PyRuntime`."""

    minor: Optional[str]
    release: Optional[str]
    runtime: Optional[int]


#: What has `_PyRuntime` at its beginning, from 3.10 on.
RUNTIME = ".PyRuntime"


def exported(path: str, elf: Elf, name: bytes) -> Optional[int]:
    """The address, as the file counts, of what it gives to others under a name."""
    symbols, texts = elf.section(".dynsym"), elf.section(".dynstr")
    if symbols is None or texts is None:
        return None
    at = _part_of(path, texts).find(b"\0" + name + b"\0") + 1
    if not at:
        return None
    rows = _part_of(path, symbols)
    for place, _, _, section, address, _ in struct.iter_unpack("<IBBHQQ", rows[: len(rows) // 24 * 24]):
        # In no section is what it has from others.
        if place == at and section:
            return int(address)
    return None


def python_version(path: str, place: str, elf: Elf) -> Tuple[Optional[str], Optional[str]]:
    """Minor version and release of the interpreter in a file, by its name and its constants.

    `place` is where the file was found.
    """
    named = _NAME.search(path.rsplit("/", 1)[-1])
    minor = named.group(1) if named else None
    section = elf.section(".rodata")
    constants = _part_of(place, section) if section else b""
    found = (each for each in _VERSION.finditer(constants) if constants[each.start() - 1 : each.start()] not in _LONGER)
    texts = ((each[1].decode(), each[0].decode()) for each in found)
    return next((each for each in texts if minor in {None, each[0]}), (minor, None))


def _part_of(path: str, section: Section) -> bytes:
    with opened(path) as file:
        return part(file, section.offset, section.size, 64 << 20)
