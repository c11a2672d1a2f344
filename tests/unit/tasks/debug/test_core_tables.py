from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pyo3ops.stacks.fault import Memory
from pyo3ops.stacks.model import Dump, Frame, Language, Layer, Module, Register, Signal, Stack, Thread
from pyo3ops.stacks.symbol_files import Found
from pyo3ops.tasks.debug import core_tables
from pyo3ops.tools.core_notes import CoreThread
from pyo3ops.tools.debug_files import DebugFile

RUST = Frame("app::write", Language.RUST, "/src/crash.rs", 15, "/lib/app.so", layer=Layer.CRATE)
PYTHON = Frame("leaf", Language.PYTHON, "/srv/run.py", 7, layer=Layer.PYTHON)
NOWHERE = 0xDEAD_BEEF_0000_0000
VALUES = (("rax", 0x7F00_0000_0010), ("rbx", 3), ("rcx", NOWHERE), ("rip", 0x40_0000), ("rsp", 0x7FFC_0000_0000))


def dump(signal: Signal, *frames: Frame) -> Dump:
    registers = tuple(Register(name, value) for name, value in VALUES)
    stacks = (Stack(Thread(2), (PYTHON,)), Stack(Thread(1, current=True), frames))
    return Dump(stacks, signal=signal, registers=registers)


def brief(signal: Signal) -> list[str]:
    (table,) = core_tables.tables(dump(signal, RUST), Memory((), ()), ())
    return [str(table.rows[number][0]) for number in table.brief or ()]


def test_of_the_registers_those_are_told_that_have_to_do_with_the_death() -> None:
    assert brief(Signal(11, "SIGSEGV", 0)) == ["rip", "rsp"]
    assert brief(Signal(11, "SIGSEGV", 0x7F00_0000_0018)) == ["rax", "rip", "rsp"]
    # Of a field behind a null pointer any small number would do.
    assert brief(Signal(11, "SIGSEGV", 3)) == ["rip", "rsp"]


def test_a_pointer_that_no_process_can_have_is_told_with_what_it_is() -> None:
    memory = Memory((), (CoreThread(1, 11, VALUES),))
    (table,) = core_tables.tables(dump(Signal(11, "SIGSEGV"), RUST), memory, ())
    told = {table.rows[number][0]: str(table.rows[number][2]) for number in table.brief or ()}
    assert list(told) == ["rcx", "rip", "rsp"]
    assert "non-canonical" in told["rcx"]


def test_all_registers_are_in_the_table() -> None:
    (table,) = core_tables.tables(dump(Signal(11, "SIGSEGV", 0)), Memory((), ()), ())
    assert [row[:2] for row in table.rows] == [(name, f"0x{value:x}") for name, value in VALUES]
    assert list(core_tables.tables(dump(Signal(11, "SIGSEGV", 0)), Memory((), ()), (), registers=False)) == []


def test_of_the_libraries_those_are_told_that_hide_something() -> None:
    modules = tuple(Module(f"/lib/{name}.so", 4096, name) for name in ("app", "bare", "lost", "unused"))
    bare = Frame("0x10", module="/lib/bare.so", address=16)
    found = replace(dump(Signal(6, "SIGABRT"), RUST, bare), modules=modules, registers=())
    symbols = tuple(
        Found(each.path, library=None if "lost" in each.path else DebugFile(Path(each.path))) for each in modules
    )
    (table,) = core_tables.tables(found, Memory((), ()), symbols)
    assert [table.rows[number][0] for number in table.brief or ()] == ["/lib/bare.so", "/lib/lost.so"]
    assert len(table.rows) == 4


def test_where_it_died_is_a_sentence() -> None:
    signal = Signal(11, "SIGSEGV", 0)
    libc = Frame("abort", Language.C, module="/lib/libc.so.6", layer=Layer.LIBC)
    assert core_tables.place(dump(signal, libc, RUST, PYTHON)) == "in crash.rs:15 write, called by run.py:7 leaf"
    assert core_tables.place(dump(signal, RUST)) == "in crash.rs:15 write"
    assert core_tables.place(dump(signal, PYTHON)) == "in run.py:7 leaf"
    assert core_tables.place(dump(signal, libc)) == ""
