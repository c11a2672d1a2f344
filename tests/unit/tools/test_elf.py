from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3ops.tools import elf

if TYPE_CHECKING:
    from pathlib import Path


def library(*needed: str) -> bytes:
    """A 64-bit ELF file with a dynamic section and nothing else, as the System V ABI lays it out."""
    strings, tags = b"\0", b""
    for name in needed:
        tags += struct.pack("<QQ", 1, len(strings))
        strings += name.encode() + b"\0"
    tags += struct.pack("<QQ", 0, 0)
    names = b"\0.dynstr\0.dynamic\0.shstrtab\0"
    places = (64, 64 + len(strings), 64 + len(strings) + len(tags))

    def section(*fields: int) -> bytes:
        return struct.pack("<IIQQQQIIQQ", *fields)

    sections = (
        section(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        + section(1, 3, 2, 0, places[0], len(strings), 0, 0, 1, 0)
        + section(9, 6, 2, 0, places[1], len(tags), 1, 0, 8, 16)
        + section(18, 3, 0, 0, places[2], len(names), 0, 0, 1, 0)
    )
    identity = b"\x7fELF" + bytes([2, 1, 1, 0]) + bytes(8)
    header = struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 0, places[2] + len(names), 0, 64, 0, 0, 64, 4, 3)
    return identity + header + strings + tags + names + sections


@pytest.mark.parametrize("names", [(), ("libc.so.6",), ("libpython3.13.so.1.0", "libgcc_s.so.1", "libc.so.6")])
def test_needed(names: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "a.so").write_bytes(library(*names))
    assert elf.needed(tmp_path / "a.so") == names


@pytest.mark.parametrize(
    "content",
    [b"", b"\x7fEL", b"\x7fELF", b"\x7fELF" + b"\xff" * 200, b"\xcf\xfa\xed\xfe" + b"\0" * 60, b"MZ", b"#!/bin/sh\n"],
    ids=["empty", "short", "magic", "garbage", "Mach-O", "PE", "script"],
)
def test_what_is_no_elf_file_needs_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.so").write_bytes(content)
    assert elf.needed(tmp_path / "a.so") == ()


def test_what_cannot_be_opened_needs_nothing(tmp_path: Path) -> None:
    assert elf.needed(tmp_path) == ()
    assert elf.needed(tmp_path / "gone") == ()


WHOLE = library("libpython3.13.so.1.0", "libc.so.6")


@pytest.mark.parametrize("length", range(0, len(WHOLE), 7))
def test_a_file_that_was_cut_is_read_or_refused(length: int, tmp_path: Path) -> None:
    (tmp_path / "a.so").write_bytes(WHOLE[:length])
    assert isinstance(elf.needed(tmp_path / "a.so"), tuple)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=2000)
@given(st.lists(st.tuples(st.integers(4, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, damage: list[tuple[int, int]]) -> None:
    content = bytearray(WHOLE)
    for place, value in damage:
        content[place] = value
    (tmp_path / "a.so").write_bytes(bytes(content))
    assert isinstance(elf.needed(tmp_path / "a.so"), tuple)


def test_a_section_of_strings_that_is_none(tmp_path: Path) -> None:
    content = bytearray(WHOLE)
    # The dynamic section is told that its strings are in itself; pyelftools asserts that they are not.
    place = struct.unpack_from("<Q", content, 40)[0] + 2 * 64 + 40
    struct.pack_into("<I", content, place, 2)
    (tmp_path / "a.so").write_bytes(bytes(content))
    assert elf.needed(tmp_path / "a.so") == ()


def shared(*, machine: int = 62, flags: int = 6) -> bytes:
    """A 64-bit library with a build ID, a stack, two versions of symbols that it wants, and three symbols."""
    strings = b"\0libc.so.6\0GLIBC_2.34\0GLIBC_2.99\0/home/a:$ORIGIN\0libx.so.1\0dlopen\0later\0PyInit_x\0"

    def at(text: bytes) -> int:
        return strings.index(b"\0" + text + b"\0") + 1

    tags = b"".join(
        struct.pack("<QQ", tag, at(text))
        for tag, text in ((1, b"libc.so.6"), (29, b"/home/a:$ORIGIN"), (14, b"libx.so.1"))
    ) + bytes(16)
    versions = struct.pack("<HHIII", 1, 2, at(b"libc.so.6"), 16, 0)
    versions += struct.pack("<IHHII", 0, 0, 2, at(b"GLIBC_2.34"), 16) + struct.pack(
        "<IHHII", 0, 2, 3, at(b"GLIBC_2.99"), 0
    )
    symbols = bytes(24) + b"".join(
        struct.pack("<IBBHQQ", at(name), info, 0, section, 0, size)
        for name, info, section, size in ((b"dlopen", 0x12, 0, 0), (b"later", 0x22, 0, 0), (b"PyInit_x", 0x12, 1, 8))
    )
    note = struct.pack("<III4s", 4, 20, 3, b"GNU\0") + bytes(range(20))
    names = b"\0.dynstr\0.dynamic\0.gnu.version_r\0.dynsym\0.gnu.version\0"
    names += b".note.gnu.build-id\0.gnu_debuglink\0.bss\0.shstrtab\0"
    parts = {
        b".dynstr": (3, 0, 0, strings),
        b".dynamic": (6, 1, 16, tags),
        b".gnu.version_r": (0x6FFFFFFE, 1, 0, versions),
        b".dynsym": (11, 1, 24, symbols),
        b".gnu.version": (0x6FFFFFFF, 4, 2, struct.pack("<HHHH", 0, 2, 3, 1)),
        b".note.gnu.build-id": (7, 0, 0, note),
        b".gnu_debuglink": (1, 0, 0, b"x.debug\0" + bytes(4)),
        b".bss": (8, 0, 0, b""),
        b".shstrtab": (3, 0, 0, names),
    }
    body, headers = struct.pack("<IIQQQQQQ", 0x6474E551, flags, 0, 0, 0, 0, 0, 16), bytes(64)
    for name, (kind, link, entry, data) in parts.items():
        size = 4096 if name == b".bss" else len(data)
        place = names.index(b"\0" + name + b"\0") + 1
        info = 1 if name == b".gnu.version_r" else 0
        headers += struct.pack("<IIQQQQIIQQ", place, kind, 2, 0, 64 + len(body), size, link, info, 1, entry)
        body += data + bytes(-len(data) % 8)
    identity = b"\x7fELF" + bytes([2, 1, 1, 0]) + bytes(8)
    fields = (3, machine, 1, 0, 64, 64 + len(body), 0, 64, 56, 1, 64, len(parts) + 1, len(parts))
    return identity + struct.pack("<HHIQQQIHHHHHH", *fields) + body + headers


def test_all_that_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.so").write_bytes(shared())
    found = elf.read(tmp_path / "x.so")
    assert found is not None
    assert (found.machine, found.bits, found.soname, found.needed) == ("x86_64", 64, "libx.so.1", ("libc.so.6",))
    assert found.rpaths == ("/home/a", "$ORIGIN")
    assert found.build_id == bytes(range(20)).hex()
    assert not found.executable_stack
    assert found.versions == (("libc.so.6", "GLIBC_2.34"),)
    assert found.weak_versions == (("libc.so.6", "GLIBC_2.99"),)
    assert (found.undefined, found.weak, found.defined) == (("dlopen", "later"), ("later",), ("PyInit_x",))
    assert found.wanted == (("dlopen", "GLIBC_2.34"), ("later", "GLIBC_2.99"))
    assert (found.has_symbols, found.has_debug, found.debuglink) == (False, False, "x.debug")
    assert dict(found.sections)[".dynsym"] == 96
    assert dict(found.sections)[".bss"] == 0


@pytest.mark.parametrize(("flags", "executable"), [(6, False), (7, True)])
def test_the_stack(flags: int, executable: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a row of a table
    (tmp_path / "x.so").write_bytes(shared(flags=flags))
    found = elf.read(tmp_path / "x.so")
    assert found is not None
    assert found.executable_stack is executable


@pytest.mark.parametrize(("number", "name"), [(62, "x86_64"), (183, "aarch64"), (21, "ppc64le"), (243, "riscv64")])
def test_machines(number: int, name: str, tmp_path: Path) -> None:
    (tmp_path / "x.so").write_bytes(shared(machine=number))
    found = elf.read(tmp_path / "x.so")
    assert found is not None
    assert found.machine == name


def test_sections_by_name(tmp_path: Path) -> None:
    (tmp_path / "x.so").write_bytes(shared())
    assert elf.section(tmp_path / "x.so", ".gnu_debuglink").startswith(b"x.debug\0")
    assert elf.section(tmp_path / "x.so", ".gnu_debuglink", 3) == b"x.d"
    assert elf.section(tmp_path / "x.so", ".bss") == elf.section(tmp_path / "x.so", ".none") == b""
    assert elf.symbol_sizes(tmp_path / "x.so") == ()


def test_what_is_no_elf_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"MZ")
    assert elf.read(tmp_path / "a") is elf.read(tmp_path / "gone") is None


def test_a_table_of_versions_that_never_ends_is_left(tmp_path: Path) -> None:
    content = bytearray(shared())
    # The number of libraries, and how far it is to the next one.
    content[823] = 246
    content[384] = 82
    (tmp_path / "a.so").write_bytes(bytes(content))
    assert isinstance(elf.read(tmp_path / "a.so"), elf.Elf)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=2000)
@given(st.lists(st.tuples(st.integers(4, len(shared()) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_library_is_read_or_refused(tmp_path: Path, damage: list[tuple[int, int]]) -> None:
    content = bytearray(shared())
    for place, value in damage:
        content[place] = value
    (tmp_path / "a.so").write_bytes(bytes(content))
    assert isinstance(elf.read(tmp_path / "a.so"), (elf.Elf, type(None)))
    elf.symbol_sizes(tmp_path / "a.so")
