from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pyo3ops.stacks.build_ids import named, nameless, resolved
from pyo3ops.stacks.model import Dump, Frame, Language, Module, Seam, Stack, Thread, Variable
from pyo3ops.stacks.symbol_files import SymbolFiles
from pyo3ops.stacks.symbols import SymbolTable

from ..tools.elves import BASE, library  # noqa: TID252 - tests are no package with a name of its own

if TYPE_CHECKING:
    from pathlib import Path

ID = "76eaa3000102030405060708090a0b0c0d0e0f10"
WALK = "_ZN4crab4walk17h8eb5ed66b3744cd4E"


class Cache:
    """What symbolic's cache answers, an address a line."""

    def lookup(self, address: int) -> list[SimpleNamespace]:
        def call(symbol: str, path: str | None, line: int) -> SimpleNamespace:
            return SimpleNamespace(symbol=symbol, lang="rust" if path else "unknown", full_path=path, line=line)

        return {
            0x20: [call("step<u64>", "/core/iter.rs", 7), call(WALK, "/src/lib.rs", 12)],
            0x2F: [call("_RNvNtCs1_4crab4main3run", "/src/main.rs", 3)],
            0x40: [call(WALK, None, 0)],
        }.get(address, [])


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    path = tmp_path / "crab.so"
    path.write_bytes(library((".debug_info", 1, b"DWARF"), build_id=ID))
    monkeypatch.setattr(SymbolTable, "opened", staticmethod(lambda _: SymbolTable(Cache(), ())))
    return str(path)


def test_an_address_becomes_the_calls_that_it_stands_for(module: str) -> None:
    frames = (
        Frame("0x7f0000000020", module=module, address=BASE + 0x20),
        Frame("main", Language.PYTHON, "main.py", 3),
        Frame("??", module=module, address=BASE + 0x30),
    )
    where = SymbolFiles({})
    found = resolved(frames, where, (Module(module, BASE, ID),))
    assert found == (
        Frame("step<u64>", Language.RUST, "/core/iter.rs", 7, module, BASE + 0x20, ID, inlined=True),
        Frame("crab::walk", Language.RUST, "/src/lib.rs", 12, module, BASE + 0x20, ID, symbol=WALK),
        frames[1],
        Frame(
            "crab::main::run",
            Language.RUST,
            "/src/main.rs",
            3,
            module,
            BASE + 0x30,
            ID,
            symbol="_RNvNtCs1_4crab4main3run",
        ),
    )
    assert where.gaps == []


def test_a_name_that_is_known_stays(module: str) -> None:
    variables = (Variable("a", "1"),)
    frame = Frame("crab::walk(u64)", module=module, address=0x20, variables=variables)
    step, walk = resolved((frame,), SymbolFiles({}))
    assert (step.function, step.variables, walk.function, walk.line, walk.variables) == (
        "step<u64>",
        (),
        "crab::walk(u64)",
        12,
        variables,
    )
    # A name alone says no more than it does.
    known = Frame("walk_c", module=module, address=0x40)
    assert resolved((known,), SymbolFiles({}))[0].function == "walk_c"


def test_of_a_file_with_names_alone_nothing_is_read_for_what_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "crab.so"
    path.write_bytes(library((".symtab", 1, b"NAMES"), build_id=ID))
    opened: list[Path] = []

    def read(file: Path) -> SymbolTable:
        opened.append(file)
        return SymbolTable(Cache(), ())

    monkeypatch.setattr(SymbolTable, "opened", staticmethod(read))
    there = (Module(str(path), BASE, ID),)
    has_one = Frame("crab::walk", Language.RUST, module=str(path), address=BASE + 0x40)
    where = SymbolFiles({})
    assert resolved((has_one,), where, there)[0].function == "crab::walk"
    assert not opened
    assert resolved((Frame("??", module=str(path), address=BASE + 0x40),), where, there)[0].function == "crab::walk"
    assert opened == [path]


def test_what_cannot_be_named_stays_and_is_explained(module: str) -> None:
    nowhere = Frame("??", module="/venv/größe.so", address=0x30, build_id="ab" * 20)
    unknown = Frame("+0x999", module=module)
    where = SymbolFiles({})
    assert resolved((nowhere, unknown), where) == (nowhere, Frame("+0x999", module=module, build_id=ID))
    assert where.gaps == [
        "there are no symbols of /venv/größe.so (build abababababab): none were found",
        f"{module} does not name every address of {module}",
    ]
    resolved((nowhere,), where)
    assert len(where.gaps) == 2


def test_lines_that_symbolic_dropped_come_from_a_program(module: str, tmp_path: Path) -> None:
    program = tmp_path / "addr2line"
    program.write_text("#!/bin/sh\nprintf '0x0000000000000040\\nwalk\\n/src/lib.rs:29\\n'\n")
    program.chmod(0o755)
    (frame,) = resolved((Frame("??", module=module, address=0x40),), SymbolFiles({"PATH": str(tmp_path)}))
    assert (frame.function, frame.file, frame.line, frame.symbol) == ("crab::walk", "/src/lib.rs", 29, WALK)


def test_without_symbolic_a_program_is_asked(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: Path) -> None:
        raise ImportError

    monkeypatch.setattr(SymbolTable, "opened", staticmethod(absent))
    where = SymbolFiles({"PATH": ""})
    frame = Frame("??", module=module, address=0x40)
    assert resolved((frame,), where)[0].function == "??"
    assert where.gaps[0].startswith("symbolic is not installed")
    assert where.gaps[1] == "no addr2line or llvm-symbolizer is here to ask for lines"


def test_seams_stay_where_they_were(module: str) -> None:
    frames = (Frame("??", module=module, address=0x20), Frame("a", Language.PYTHON), Frame("b", Language.PYTHON))
    seams = (Seam(0, "x"), Seam(1, "y"), Seam(3, "z"), Seam(9, "beyond"))
    dump = Dump((Stack(Thread(1), frames, seams=seams),), gaps=("before",))
    where = SymbolFiles({})
    found = named(dump, where)
    assert len(found.stacks[0].frames) == 4
    assert [each.at for each in found.stacks[0].seams] == [0, 2, 4, 4]
    assert found.gaps == ("before",)
    gone = Dump((Stack(Thread(1), (Frame("??", module="/gone.so", address=1),)),), gaps=("before",))
    assert named(gone, where).gaps == ("before", "there are no symbols of /gone.so: none were found")


@pytest.mark.parametrize("text", ["", "??", "???", "<unknown>", "[unknown]", "0x7f00", "+0x12", "PyInit_crab+0x12"])
def test_what_is_no_name(text: str) -> None:
    assert nameless(Frame(text))
    assert not nameless(Frame(text, Language.PYTHON))


@pytest.mark.parametrize("text", ["main", "operator+", "a + 0x1", "crab::walk", "<u64 as Add>::add"])
def test_what_is_a_name(text: str) -> None:
    assert not nameless(Frame(text))
