from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3ops.tools import macho

if TYPE_CHECKING:
    from pathlib import Path

ARM64, X86_64 = 0x0100000C, 0x01000007


def _command(kind: int, data: bytes) -> bytes:
    data += bytes(-len(data) % 8)
    return struct.pack("<II", kind, len(data) + 8) + data


def _string(kind: int, fields: bytes, text: str) -> bytes:
    """A command with a string behind its fields, as LC_LOAD_DYLIB and LC_RPATH are."""
    return _command(kind, struct.pack("<I", 12 + len(fields)) + fields + text.encode() + b"\0")


def library(machine: int = ARM64, *, minimum: tuple[int, int] = (11, 0), old: bool = False) -> bytes:
    """A 64-bit library of Mach-O: what mach-o/loader.h lays out, with two symbols."""
    version = minimum[0] << 16 | minimum[1] << 8
    older, newer = struct.pack("<II", version, 0), struct.pack("<IIII", 1, version, 0, 0)
    said = _command(0x24, older) if old else _command(0x32, newer)
    commands = [
        said,
        _command(0x1B, bytes(range(16))),
        _string(0xC, struct.pack("<III", 2, 0, 0), "/usr/lib/libSystem.B.dylib"),
        _string(0x8000001C, b"", "@loader_path/../lib"),
    ]
    names = b"\0_PyInit_pkg\0_PyList_New\0_hidden\0"
    place = 32 + sum(map(len, commands)) + 24
    symbols = b"".join(
        struct.pack("<IBBHQ", names.index(name), kind, 1 if kind & 0xE else 0, 0, 0)
        for name, kind in ((b"_PyInit_pkg", 0xF), (b"_PyList_New", 0x1), (b"_hidden", 0xE))
    )
    commands.append(struct.pack("<IIIIII", 2, 24, place, 3, place + len(symbols), len(names)))
    body = b"".join(commands)
    return struct.pack("<IIIIIIII", 0xFEEDFACF, machine, 0, 6, len(commands), len(body), 0, 0) + body + symbols + names


def fat(*parts: tuple[int, bytes]) -> bytes:
    """Several architectures in one file."""
    head, body = struct.pack(">II", 0xCAFEBABE, len(parts)), b""
    for machine, data in parts:
        head += struct.pack(">IIIII", machine, 0, 4096 + len(body), len(data), 12)
        body += data + bytes(-len(data) % 4096)
    return head + bytes(4096 - len(head)) + body


def test_one_architecture(tmp_path: Path) -> None:
    (tmp_path / "a.so").write_bytes(library())
    found = macho.read(tmp_path / "a.so")
    assert not isinstance(found, str)
    assert found[0] == macho.Slice(
        machine="arm64",
        libraries=("/usr/lib/libSystem.B.dylib",),
        rpaths=("@loader_path/../lib",),
        minimum=(11, 0),
        uuid=bytes(range(16)).hex(),
        undefined=("PyList_New",),
        defined=("PyInit_pkg",),
        sections=(),
    )


def test_several_architectures(tmp_path: Path) -> None:
    both = ((X86_64, library(X86_64, minimum=(10, 12), old=True)), (ARM64, library()))
    (tmp_path / "a.so").write_bytes(fat(*both))
    found = macho.read(tmp_path / "a.so")
    assert not isinstance(found, str)
    assert [(each.machine, each.minimum) for each in found] == [("x86_64", (10, 12)), ("arm64", (11, 0))]
    assert {each.defined for each in found} == {("PyInit_pkg",)}


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (library()[:64], True),
        (fat((ARM64, b""))[:64], True),
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x34", False),
        (b"\x7fELF", False),
        (b"", False),
    ],
    ids=["thin", "fat", "Java", "ELF", "empty"],
)
def test_first_bytes(head: bytes, known: bool) -> None:  # noqa: FBT001 - a row of a table
    assert macho.is_macho(head) is known


def test_without_macholib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "macholib.MachO", None)
    assert macho.read(tmp_path / "a.so") == "macholib is not here"


@pytest.mark.parametrize("length", range(0, len(library()), 23))
def test_a_file_that_was_cut_is_read_or_refused(length: int, tmp_path: Path) -> None:
    (tmp_path / "a.so").write_bytes(library()[:length])
    assert isinstance(macho.read(tmp_path / "a.so"), (str, tuple))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=2000)
@given(st.lists(st.tuples(st.integers(4, len(library()) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, damage: list[tuple[int, int]]) -> None:
    content = bytearray(library())
    for place, value in damage:
        content[place] = value
    (tmp_path / "a.so").write_bytes(bytes(content))
    assert isinstance(macho.read(tmp_path / "a.so"), (str, tuple))
