"""The line of an instruction, by the tables that CPython's code objects carry.

CPython's Objects/lnotab_notes.txt describes those of 3.8 to 3.10, Objects/locations.md those that came after.
"""
# ruff: noqa: FA100 - a debugger's own Python may be 3.6, which has no such future

import functools
from typing import Optional, Tuple

#: In tables of 3.10: these instructions belong to no line.
_NO_LINE = -128
#: Codes of entries in tables of 3.11.
_NOTHING = 15
_LONG = 14
_NO_COLUMNS = 13
_ONE_LINE = 10


@functools.lru_cache(maxsize=4096)
def line_of(version: Tuple[int, int], table: bytes, first: int, offset: int) -> Optional[int]:
    """The line of the instruction at an offset in bytes; None where it has none. Before the first one: `first`.

    Kept, for the threads of a pool all stand at the same few: the process waits meanwhile.
    """
    if offset < 0:
        return first
    if version >= (3, 11):
        return _by_locations(table, first, offset)
    return _by_ranges(table, first, offset) if version == (3, 10) else _by_steps(table, first, offset)


def _by_steps(table: bytes, line: int, offset: int) -> int:
    """3.8, 3.9: steps of address and line."""
    address = 0
    for step, lines in zip(table[::2], table[1::2]):
        address += step
        if address > offset:
            break
        line += _signed(lines)
    return line


def _by_ranges(table: bytes, line: int, offset: int) -> Optional[int]:
    """3.10: lengths of ranges, and steps of line."""
    end = 0
    for length, lines in zip(table[::2], table[1::2]):
        end += length
        step = _signed(lines)
        line += step if step != _NO_LINE else 0
        if offset < end:
            return None if step == _NO_LINE else line
    return None


def _by_locations(table: bytes, line: int, offset: int) -> Optional[int]:
    """3.11 on: entries, of which the first byte has its highest bit set."""
    at = end = 0
    while at < len(table):
        code = table[at] >> 3 & 15
        end += 2 * ((table[at] & 7) + 1)
        if code in (_LONG, _NO_COLUMNS):
            line += _signed_varint(table, at + 1)
        elif _ONE_LINE <= code < _NO_COLUMNS:
            line += code - _ONE_LINE
        if offset < end:
            return None if code == _NOTHING else line
        at += 1
        while at < len(table) and not table[at] & 0x80:
            at += 1
    return None


def _signed(byte: int) -> int:
    return byte - 256 if byte & 0x80 else byte


def _signed_varint(table: bytes, at: int) -> int:
    """Six bits a byte, lowest first; bit 6 says that more come, and the lowest of all is the sign."""
    value = shift = 0
    for byte in table[at : at + 6]:
        value |= (byte & 63) << shift
        shift += 6
        if not byte & 64:
            break
    return -(value >> 1) if value & 1 else value >> 1
