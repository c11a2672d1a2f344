"""Structures in memory that ends, and fields that a layout has not."""

from __future__ import annotations

import pytest

from pyo3ops.stacks.inside.memory import Memory, Record, Unreadable

PAGE = bytes(range(64))


def read(address: int, size: int) -> bytes:
    """Memory of 64 bytes at 0x1000, with nothing behind it."""
    if not 0x1000 <= address <= address + size <= 0x1000 + len(PAGE):
        raise Unreadable("not there")
    return PAGE[address - 0x1000 : address - 0x1000 + size]


def test_a_structure_at_the_end_of_memory_is_read() -> None:
    record = Memory(read).record(0x1000 + 32, {"size": 32, "first": 0, "last": 31})
    assert (record.byte("first"), record.byte("last")) == (32, 63)


def test_a_size_that_is_larger_than_what_is_asked_for_is_not_read() -> None:
    assert Memory(read).record(0x1000 + 48, {"size": 400, "first": 0, "last": 8}).byte("last") == 56


def test_a_field_that_is_unknown_or_outside_is_unreadable() -> None:
    record = Record(PAGE[:8], {"late": 6})
    for ask in (record.pointer, record.integer, record.byte):
        with pytest.raises(Unreadable, match="where the field state is, nobody knows"):
            ask("state")
    with pytest.raises(Unreadable, match="the field late is not within its structure"):
        record.integer("late")
