from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.stacks.code_places import places
from pyo3ops.stacks.model import Frame, Language, Module
from pyo3ops.stacks.symbol_files import SymbolFiles

from ..tools.elves import BASE, with_code  # noqa: TID252 - tests are no package with a name of its own

if TYPE_CHECKING:
    from pathlib import Path

#: Where the code of the library begins, and what is called first.
CODE, START = 0x1000, 0x1010


@pytest.fixture
def module(tmp_path: Path) -> str:
    path = tmp_path / "crab größe.so"
    path.write_bytes(with_code(CODE, bytes(64), {"PyInit_crab": START, "twice": 1}))
    return str(path)


def addresses(*frames: Frame, base: int | None = None) -> dict[int, int]:
    modules = {frames[0].module or "": Module(frames[0].module or "", base)}
    return {index: place.address for index, place in places(frames, SymbolFiles({}), modules).items()}


def test_an_address_counts_from_where_the_library_was_loaded(module: str) -> None:
    leaf, caller = Frame("??", module=module, address=BASE + 0x20), Frame("??", module=module, address=BASE + 0x30)
    # The caller goes on at its address: the call is before it.
    assert addresses(leaf, caller, base=BASE) == {0: 0x20, 1: 0x2F}
    assert addresses(Frame("??", module=module, address=BASE - 1), base=BASE) == {}


def test_without_its_module_an_address_is_one_in_the_file(module: str) -> None:
    assert addresses(Frame("??", module=module, address=0x20)) == {0: 0x20}


@pytest.mark.parametrize("where", ["function", "symbol"])
def test_offsets_as_faulthandler_and_glibc_write_them(where: str, module: str) -> None:
    def frame(text: str) -> Frame:
        return Frame(text, module=module) if where == "function" else Frame("??", module=module, symbol=text)

    assert addresses(frame("+0x123")) == {0: 0x123}
    assert addresses(frame("PyInit_crab+0x4")) == {0: START + 4}
    assert addresses(frame("unknown_name+0x4")) == {}


def test_what_the_kernel_interrupted_stands_at_its_own_address(module: str) -> None:
    handler, there = (
        Frame("<signal handler called>", module=module, address=0x20, line=1),
        Frame("??", module=module, address=0x30),
    )
    assert addresses(Frame("??", module=module, address=0x10), handler, there) == {0: 0x10, 2: 0x30}


def test_a_return_from_a_signal_that_has_no_name_is_told_by_its_code(tmp_path: Path) -> None:
    path = tmp_path / "libc.so"
    path.write_bytes(with_code(CODE, bytes.fromhex("48c7c00f0000000f05") + bytes(32), {}))
    frames = tuple(Frame("??", module=str(path), address=each) for each in (0x1100, CODE, 0x1020, 0x1030))
    assert addresses(*frames) == {0: 0x1100, 1: CODE - 1, 2: 0x1020, 3: 0x102F}


def test_what_needs_no_place(module: str) -> None:
    frames = (
        Frame("main", Language.PYTHON, module=module, address=1),
        Frame("sys_read", Language.KERNEL, module=module, address=1),
        Frame("inlined", module=module, address=1, inlined=True),
        Frame("known", file="a.rs", line=3, module=module, address=1),
        Frame("??", module=module),
        Frame("??", address=1),
    )
    assert addresses(*frames) == {}
