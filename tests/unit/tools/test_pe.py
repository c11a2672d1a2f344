from __future__ import annotations

import gc
import struct
import sys
from typing import TYPE_CHECKING, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3ops.tools import pe

if TYPE_CHECKING:
    from pathlib import Path

#: Where the only section is, in memory and in the file.
BASE, PLACE = 0x1000, 0x200


def library(machine: int = 0x8664) -> bytes:
    """A 64-bit DLL: one section with imports, exports and the name of a PDB, as Microsoft's PE format lays it out."""
    data = bytearray(0x400)

    def put(place: int, content: bytes) -> int:
        data[place : place + len(content)] = content
        return BASE + place

    # Imports: one descriptor, its two thunks, and the end of the list.
    function = put(0x100, b"\0\0PyList_New\0")
    thunks, bound = (put(place, struct.pack("<QQ", function, 0)) for place in (0x40, 0x60))
    put(0x00, struct.pack("<IIIII", thunks, 0, 0, put(0x120, b"PYTHON313.dll\0"), bound))
    # Exports: one function with a name.
    addresses, name = put(0x180, struct.pack("<I", BASE)), put(0x190, b"PyInit_pkg\0")
    tables = [addresses, put(0x184, struct.pack("<I", name)), put(0x188, b"\0\0")]
    put(0x140, struct.pack("<IIHHIIIIIII", 0, 0, 0, 0, put(0x1A0, b"pkg.pyd\0"), 1, 1, 1, *tables))
    # Debug: one entry of CodeView.
    record = b"RSDS" + bytes(range(16)) + struct.pack("<I", 1) + b"pkg.pdb\0"
    where = put(0x240, record)
    put(0x200, struct.pack("<IIHHIIII", 0, 0, 0, 0, 2, len(record), where, PLACE + 0x240))

    directories = [(0, 0)] * 16
    directories[0], directories[1], directories[6] = (BASE + 0x140, 40), (BASE, 40), (BASE + 0x200, 28)
    optional = struct.pack("<HBBIIIII", 0x20B, 14, 0, 0, 0x400, 0, 0, BASE)
    sizes = (0x100000, 0x1000, 0x100000, 0x1000)
    versions = (6, 0, 0, 0, 6, 0, 0, 0x2000, 0x200, 0, 2, 0)
    optional += struct.pack("<QIIHHHHHHIIIIHHQQQQII", 0x180000000, 0x1000, 0x200, *versions, *sizes, 0, 16)
    optional += b"".join(struct.pack("<II", *each) for each in directories)
    header = struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, len(optional), 0x2022)
    section = b".rdata\0\0" + struct.pack("<IIIIIIHHI", 0x400, BASE, 0x400, PLACE, 0, 0, 0, 0, 0x40000040)
    start = b"MZ" + bytes(58) + struct.pack("<I", 64)
    whole = start + b"PE\0\0" + header + optional + section
    return whole + bytes(PLACE - len(whole)) + bytes(data)


def test_a_library(tmp_path: Path) -> None:
    (tmp_path / "a.pyd").write_bytes(library())
    assert pe.read(tmp_path / "a.pyd") == pe.Pe(
        machine="amd64",
        dlls=("python313.dll",),
        imports=(("python313.dll", "PyList_New"),),
        exports=("PyInit_pkg",),
        sections=((".rdata", 0x400),),
        pdb="pkg.pdb",
    )


@pytest.mark.parametrize(("machine", "name"), [(0x14C, "x86"), (0xAA64, "arm64"), (0x200, "0x200")])
def test_machines(machine: int, name: str, tmp_path: Path) -> None:
    (tmp_path / "a.pyd").write_bytes(library(machine))
    found = pe.read(tmp_path / "a.pyd")
    assert not isinstance(found, str)
    assert found.machine == name


def test_without_pefile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pefile", None)
    assert pe.read(tmp_path / "a.pyd") == "pefile is not here"


@pytest.mark.parametrize("content", [b"", b"MZ", b"MZ" + bytes(500), b"MZ" + b"\xff" * 500, b"\x7fELF"])
def test_what_is_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.pyd").write_bytes(content)
    assert str(pe.read(tmp_path / "a.pyd")).startswith("no readable PE file")


def test_what_is_not_there(tmp_path: Path) -> None:
    assert str(pe.read(tmp_path / "gone.pyd")).startswith("no readable PE file")


@pytest.fixture
def small_heap() -> Iterator[None]:
    """pefile collects garbage for each file that it reads, and behind thousands of tests that takes half a second."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("small_heap")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=2000)
@given(st.lists(st.tuples(st.integers(2, len(library()) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_file_is_read_or_refused(tmp_path: Path, damage: list[tuple[int, int]]) -> None:
    content = bytearray(library())
    for place, value in damage:
        content[place] = value
    (tmp_path / "a.pyd").write_bytes(bytes(content))
    assert isinstance(pe.read(tmp_path / "a.pyd"), (str, pe.Pe))
