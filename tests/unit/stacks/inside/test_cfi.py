"""The tables for unwinding of this very Python, as another reader of DWARF understands them; and damaged ones."""

from __future__ import annotations

import contextlib
import functools
import platform
import struct
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.stacks.inside import cfi
from pyo3ops.stacks.inside.files import read_elf
from pyo3ops.stacks.inside.memory import Memory, Unreadable

if TYPE_CHECKING:
    from pyo3ops.stacks.inside.files import Elf

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="the processes of this system are not read here"
)

#: Where the file is said to lie, and functions that are looked at of its thousands.
START, FUNCTIONS = 0x7F0000000000, 60
#: Bytes of a file that has more than a few functions.
SMALL = 250_000
STACK, BACK = 7, 16


def _file() -> Path:
    """A module of this Python that does not take long to read, or else the whole of it."""
    folder = Path(sysconfig.get_config_var("DESTSHARED") or "/nonexistent")
    some = sorted((each.stat().st_size, each) for each in folder.glob("*.so"))
    return next((each for size, each in some if size > SMALL), Path(sys.executable).resolve())


FILE = _file()


@pytest.fixture(scope="module")
def elf() -> Elf:
    found = read_elf(str(FILE))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def tables(elf: Elf) -> cfi.Tables:
    return cfi.Tables(str(FILE), elf, START if elf.kind == SHARED else 0)


SHARED = 3


@functools.lru_cache(maxsize=None)
def _functions() -> list[Any]:
    """Some functions with the rows of their tables."""
    from elftools.dwarf.callframe import FDE  # noqa: PLC0415 - takes a while
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415 - takes a while

    with FILE.open("rb") as file:
        entries = [each for each in ELFFile(file).get_dwarf_info().EH_CFI_entries() if isinstance(each, FDE)]
        return [(each, each.get_decoded().table) for each in entries[:: max(1, len(entries) // FUNCTIONS)]]


def test_rules_are_as_another_reader_has_them(elf: Elf, tables: cfi.Tables) -> None:
    offset = START if elf.kind == SHARED else 0
    seen = 0
    for function, rows in _functions():
        end = function["initial_location"] + function["address_range"]
        for row, place in _last_of_each(rows, end):
            if row["cfa"].expr is not None or any(getattr(row[n], "type", "") == "EXPRESSION" for n in _numbers(row)):
                continue
            _, rules = tables.rules(place + offset)
            assert (rules.register, rules.offset) == (row["cfa"].reg, row["cfa"].offset), hex(place)
            assert rules.saved == {n: ("at", row[n].arg) for n in _numbers(row) if row[n].type == "OFFSET"}
            seen += 1
    assert seen > FUNCTIONS // 2


def _last_of_each(rows: list[dict[Any, Any]], end: int) -> Iterator[tuple[dict[Any, Any], int]]:
    """Each row with the last address that it is good for."""
    for row, after in zip(rows, [*(each["pc"] for each in rows[1:]), end]):
        if after > row["pc"]:
            yield row, after - 1


def _numbers(row: dict[Any, Any]) -> list[int]:
    return [key for key in row if isinstance(key, int)]


def test_a_caller(elf: Elf, tables: cfi.Tables) -> None:
    """A function that has saved nothing yet: the return address is on top of the stack."""
    offset = START if elf.kind == SHARED else 0
    first = next(each["initial_location"] for each, rows in _functions() if rows and rows[0]["cfa"].offset == 8)
    memory = Memory(lambda address, size: (0x1234).to_bytes(8, "little") if (address, size) == (0x7000, 8) else b"")
    frame = cfi.Frame(first + offset, {STACK: 0x7000, 3: 5, 0: 9}, interrupted=True)
    # What a function keeps is known of its caller, what it may use for itself is not.
    assert cfi.caller(frame, tables, memory, "x86_64") == cfi.Frame(0x1234, {STACK: 0x7008, 3: 5})


def test_an_address_of_no_function(tables: cfi.Tables) -> None:
    with pytest.raises(Unreadable, match="no table"):
        tables.rules(1)


def test_a_stack_pointer_that_is_not_known(elf: Elf, tables: cfi.Tables) -> None:
    offset = START if elf.kind == SHARED else 0
    first = next(each["initial_location"] for each, _ in _functions())
    with pytest.raises(Unreadable, match="not known"):
        cfi.caller(cfi.Frame(first + offset, {}, interrupted=True), tables, Memory(lambda *_: b""), "x86_64")


@given(st.binary(max_size=300))
def test_a_damaged_program_ends(program: bytes) -> None:
    common = cfi._Common(1, -8, BACK, 0x1B, signal=False, program=b"\x0c\x07\x08\x90\x01")
    with contextlib.suppress(Unreadable, IndexError, ValueError, struct.error):
        cfi._Machine(common).run(program, 0x1000, 0x2000)
