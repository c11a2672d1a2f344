from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pyo3ops.tools import elf_code

from .elves import with_code

if TYPE_CHECKING:
    from pathlib import Path

SIGRETURN = bytes.fromhex("48c7c00f0000000f05")
WHOLE = with_code(0x1000, bytes(16) + SIGRETURN, {"PyInit_crab": 0x1010, "größe": 0x1018})


def test_where_a_function_begins(tmp_path: Path) -> None:
    file = tmp_path / "crab.so"
    file.write_bytes(WHOLE)
    assert [elf_code.begin(file, name) for name in ("PyInit_crab", "größe", "none")] == [0x1010, 0x1018, None]


def test_what_returns_from_a_signal(tmp_path: Path) -> None:
    file = tmp_path / "crab.so"
    file.write_bytes(WHOLE)
    assert [elf_code.is_sigreturn(file, place) for place in (0x1010, 0x1000, 0x9000)] == [True, False, False]


def test_what_is_no_elf_file(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("text")
    for file in (tmp_path / "text", tmp_path, tmp_path / "none"):
        assert elf_code.begin(file, "main") is None
        assert not elf_code.is_sigreturn(file, 0)


def test_a_damaged_file_is_read_or_refused(tmp_path: Path) -> None:
    chance = random.Random(5)  # noqa: S311 - the same damage each time
    for number in range(200):
        data = bytearray(WHOLE)
        for _ in range(chance.randrange(1, 5)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        file = tmp_path / f"{number}.so"
        file.write_bytes(bytes(data[: chance.randrange(len(data)) + 1]))
        assert isinstance(elf_code.begin(file, "PyInit_crab"), (int, type(None)))
        assert elf_code.is_sigreturn(file, 0x1010) in {True, False}
