"""The memory of a core: what it kept, what was cut off, and what it never had."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Callable

import pytest

from pyo3ops.stacks.inside import core_notes, files
from pyo3ops.stacks.inside.memory import Memory, Unreadable

from ...tools.elves import header, segment  # noqa: TID252 - tests are no package with a name of its own

if TYPE_CHECKING:
    from pathlib import Path

#: An area that was saved, one of code that was not, and one of data that was not.
SAVED, CODE, DATA = 0x1000, 0x2000, 0x3000
FIRST = 64 + 3 * 56
CORE = (
    header(4, 3)
    + segment(1, FIRST, SAVED, 32, flags=6)
    + segment(1, FIRST + 32, CODE, 0, flags=5, memory=4096)
    + segment(1, FIRST + 32, DATA, 0, flags=6, memory=4096)
    + bytes(range(32))
)


def reads(folder: Path, data: bytes, beyond: Callable[[int, int], bytes] | None, address: int, size: int = 4) -> bytes:
    path = folder / "core"
    path.write_bytes(data)
    elf = files.read_elf(str(path))
    assert elf is not None
    with core_notes.memory(str(path), elf, None if beyond is None else Memory(beyond)) as memory:
        return memory.block(address, size)


def of_file(_: int, size: int) -> bytes:
    return b"code of a file"[:size]


def zeros(_: int, size: int) -> bytes:
    """What gdb makes of an area whose file it has not."""
    return bytes(size)


def nothing(_: int, __: int) -> bytes:
    raise Unreadable("gdb has nothing")


def test_what_was_saved_and_what_is_in_a_file(tmp_path: Path) -> None:
    assert reads(tmp_path, CORE, None, SAVED + 4) == bytes((4, 5, 6, 7))
    assert reads(tmp_path, CORE, of_file, CODE) == b"code"
    # gdb's gcore does not even list the areas that it leaves out.
    assert reads(tmp_path, CORE, of_file, 0x9000) == b"code"


@pytest.mark.parametrize(
    ("beyond", "address", "why"),
    [
        (None, CODE, "the core has nothing of 0x2000"),
        (zeros, CODE, "the core was written without 0x2000, which was in a file that is not here"),
        (nothing, CODE, "the core was written without 0x2000, which was in a file that is not here"),
        (of_file, DATA, "the core was written without the memory at 0x3000"),
    ],
)
def test_what_a_debugger_makes_up_is_not_believed(
    beyond: Callable[[int, int], bytes] | None, address: int, why: str, tmp_path: Path
) -> None:
    with pytest.raises(Unreadable, match=f"^{why}$"):
        reads(tmp_path, CORE, beyond, address)


def test_what_was_cut_off_is_not_taken_from_a_file(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"^the core was cut off before 0x101e$"):
        reads(tmp_path, CORE[:-4], of_file, SAVED + 30, 2)
    assert struct.unpack("<H", reads(tmp_path, CORE[:-4], of_file, SAVED + 8, 2)) == (0x0908,)
