"""ELF files and cores, made of the parts that a test is about."""

from __future__ import annotations

import struct
import zlib

BASE = 0x7F0000000000


def note(kind: int, data: bytes, name: bytes = b"CORE\0") -> bytes:
    padded = name + bytes(-len(name) % 4)
    return struct.pack("<III", len(name), len(data), kind) + padded + data + bytes(-len(data) % 4)


def header(kind: int, segments: int, *, start: int = 64, machine: int = 62) -> bytes:
    identity = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    return identity + struct.pack("<HHIQQQIHHHHHH", kind, machine, 1, 0, start, 0, 0, 64, 56, segments, 64, 0, 0)


def segment(kind: int, offset: int, address: int, size: int, *, flags: int = 4, memory: int | None = None) -> bytes:
    return struct.pack("<IIQQQQQQ", kind, flags, offset, address, 0, size, size if memory is None else memory, 1)


def library(*sections: tuple[str, int, bytes], build_id: str = "", link: tuple[str, int] | None = None) -> bytes:
    """A shared object of these sections: name, type, content; with a build ID and a .gnu_debuglink, if asked for."""
    extra = []
    if build_id:
        extra.append((".note.gnu.build-id", 7, note(3, bytes.fromhex(build_id), b"GNU\0")))
    if link:
        name = link[0].encode() + b"\0"
        extra.append((".gnu_debuglink", 1, name + bytes(-len(name) % 4) + struct.pack("<I", link[1])))
    table, body, headers = b"\0", b"", bytes(64)
    every = (*extra, *sections, (".shstrtab", 3, b""))
    for title, kind, data in every:
        here = len(table)
        table += title.encode() + b"\0"
        content = table if title == ".shstrtab" else data
        size = 0 if kind == 8 else len(content)
        headers += struct.pack("<IIQQQQIIQQ", here, kind, 0, 0, 64 + len(body), len(content), 0, 0, 4, 0)
        body += content[:size]
    front = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\x02\x01\x01",
        *(3, 62, 1, 0, 0, 64 + len(body), 0, 64, 0, 0, 64, len(every) + 1, len(every)),
    )
    return front + body + headers


def crc(data: bytes) -> int:
    return zlib.crc32(data)


def with_code(address: int, code: bytes, symbols: dict[str, int]) -> bytes:
    """A shared object with code at an address, and a table of dynamic symbols."""
    strings, rows = b"\0", bytes(24)
    for name, value in symbols.items():
        rows += struct.pack("<IBBHQQ", len(strings), 0x12, 0, 1, value, 4)
        strings += name.encode() + b"\0"
    names = b"\0.dynsym\0.dynstr\0.shstrtab\0"
    places = [address, address + len(code), address + len(code) + len(rows)]
    table = places[2] + len(strings) + len(names)
    headers = bytes(64)
    for title, kind, place, size, link, entry in (
        (1, 11, places[1], len(rows), 2, 24),
        (9, 3, places[2], len(strings), 0, 0),
        (17, 3, places[2] + len(strings), len(names), 0, 0),
    ):
        headers += struct.pack("<IIQQQQIIQQ", title, kind, 0, 0, place, size, link, 1, 8, entry)
    front = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", *(3, 62, 1, 0, 64, table, 0, 64, 56, 1, 64, 4, 3))
    loaded = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, places[1], places[1], 4096)
    return (front + loaded).ljust(address, b"\0") + code + rows + strings + names + headers
