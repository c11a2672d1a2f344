from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from pyo3ops.stacks.inside import files, small_core

if TYPE_CHECKING:
    from pathlib import Path


def test_a_core_has_the_registers_of_each_thread_and_what_is_on_its_stack(tmp_path: Path) -> None:
    threads = {7: {"rip": 0x401000, "rsp": 0x7FF0, "fs_base": 5, "orig_rax": 202}, 9: {"r15": 1, "gs_base": 2}}
    stacks = [(0x7FF0, b"stack" * 3), (0x9000, b"another")]
    file = tmp_path / "core"
    file.write_bytes(b"".join(small_core.of(threads, stacks, b"auxv")))
    elf = files.read_elf(str(file))
    assert elf
    assert (elf.kind, elf.machine) == (4, 62)
    data = file.read_bytes()
    notes, *loads = elf.segments
    assert [(each.address, data[each.offset : each.offset + each.file_size]) for each in loads] == stacks
    read = list(files.notes(data[notes.offset : notes.offset + notes.file_size]))
    assert [(name, kind) for name, kind, _ in read] == [(b"CORE", 1), (b"CORE", 1), (b"CORE", 6)]
    assert read[-1][2] == b"auxv"
    statuses = [content for _, kind, content in read if kind == 1]
    # Offsets of struct elf_prstatus and of user_regs_struct, as their headers give them on x86-64.
    assert [(len(each), struct.unpack_from("<i", each, 32)[0]) for each in statuses] == [(336, 7), (336, 9)]
    first, second = (struct.unpack_from("<27Q", each, 112) for each in statuses)
    assert (first[15], first[16], first[19], first[21]) == (202, 0x401000, 0x7FF0, 5)
    assert (second[0], second[22]) == (1, 2)


def test_every_register_that_a_walk_may_begin_with_is_asked_for() -> None:
    general = {f"r{name}" for name in "ax bx cx dx si di bp sp 8 9 10 11 12 13 14 15".split()}  # noqa: SIM905 - words
    assert set(small_core.REGISTERS) == general | {"rip", "orig_rax", "fs_base", "gs_base"}
