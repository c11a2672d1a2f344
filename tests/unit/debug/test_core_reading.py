from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.debug import core_reading
from pyo3ops.stacks.model import Dump, Module, Process, Register, Signal, Thread
from pyo3ops.stacks.raw import NativeFrame, Raw, RawThread
from pyo3ops.stacks.symbol_files import Found, SymbolFiles
from pyo3ops.tools.core_file import Area, Core, Mapped
from pyo3ops.tools.core_notes import CoreThread, Died, Named
from pyo3ops.tools.debug_files import DebugFile

from ..tools.elves import BASE, library  # noqa: TID252 - tests are no package with a name of its own

STACK = 0x7FFC00000000
ID, OTHER = "ab" * 20, "cd" * 20
CODE = Area(BASE, BASE + 4096, readable=True, writable=False, executable=True, file="/crab.so")
CORE = Core(
    "x86_64",
    64,
    100,
    named=Named(7, "python3", "python3 x.py"),
    died=Died(11, 1, 8),
    threads=(CoreThread(7, 11, (("rip", BASE), ("rsp", 5)), BASE, 5),),
    areas=(CODE,),
    files=(Mapped("/venv/bin/python3.12", 0x400000, ID), Mapped("/crab.so", BASE, "")),
    argv=("python3", "größe x.py"),
    executable="/venv/bin/python3.12",
)


def test_who_it_was() -> None:
    assert core_reading.process(CORE) == Process(7, "/venv/bin/python3.12", ("python3", "größe x.py"), "3.12")
    cut = Core("x86_64", 64, 1, named=Named(7, "python3", "python3 x.py"), started="/bin/python3")
    assert core_reading.process(cut) == Process(7, "/bin/python3", ("python3", "x.py"))
    assert core_reading.process(Core("x86_64", 64, 1)) == Process()


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("libpython3.8.so.1.0", "3.8"),
        ("python3.13t", "3.13"),
        ("libpython3.14td.so", "3.14"),
        ("python3", None),
        ("libcrab.so", None),
    ],
)
def test_the_version_is_that_of_a_file_name(name: str, version: str | None) -> None:
    assert core_reading.process(Core("x86_64", 64, 1, files=(Mapped(f"/x/{name}", 0, ""),))).python == version


def test_what_ended_it() -> None:
    words = "8 bytes past null: a field or an element behind a null pointer"
    assert core_reading.signal(CORE, SymbolFiles({})) == Signal(11, "SIGSEGV", 8, words, "address not mapped")
    sent = Core("x86_64", 64, 1, named=Named(7, "a", ""), died=Died(6, 0, None, 99))
    assert core_reading.signal(sent, SymbolFiles({})) == Signal(
        6, "SIGABRT", code="sent by a process with kill(), by process 99"
    )
    assert core_reading.signal(Core("x86_64", 64, 1), SymbolFiles({})) is None


def test_an_address_in_code_is_that_of_a_library() -> None:
    there = Core("x86_64", 64, 1, died=Died(11, 2, BASE + 16), areas=(CODE,))
    found = core_reading.signal(there, SymbolFiles({}))
    assert found is not None
    assert found.points_to == "code of /crab.so"


def test_modules_say_where_their_symbols_are() -> None:
    lines = Found("/crab.so", file=DebugFile(Path("/d"), lines=True), where="the symbol store")
    names = Found("/venv/bin/python3.12", ID, DebugFile(Path("/d"), names=True), "the file itself")
    assert core_reading.modules(CORE, (lines, names)) == (
        Module("/venv/bin/python3.12", 0x400000, ID, "the file itself (names only)"),
        Module("/crab.so", BASE, None, "the symbol store"),
    )
    assert core_reading.modules(CORE)[0].symbols is None


def test_what_a_debugger_did_not_tell_the_core_does() -> None:
    dump = Dump(process=Process(python="3.12.1", free_threaded=True), source="gdb")
    found = core_reading.completed(dump, CORE, Signal(11, "SIGSEGV"), ())
    assert found.process == Process(7, "/venv/bin/python3.12", ("python3", "größe x.py"), "3.12.1", free_threaded=True)
    assert (found.signal, found.registers) == (Signal(11, "SIGSEGV"), (Register("rip", BASE), Register("rsp", 5)))
    assert [each.path for each in found.modules] == ["/venv/bin/python3.12", "/crab.so"]


def test_the_program_that_is_given_is_compared(tmp_path: Path) -> None:
    path, where = tmp_path / "core", SymbolFiles({})
    right, wrong, text = (tmp_path / name for name in ("right größe", "wrong", "text"))
    right.write_bytes(library(build_id=ID))
    wrong.write_bytes(library(build_id=OTHER))
    text.write_text("text")
    assert core_reading.program(CORE, path, right, where).library is not None
    with pytest.raises(UsageError, match="is not the program that left this core") as caught:
        core_reading.program(CORE, path, wrong, where)
    assert (OTHER[:12] in caught.value.message, ID[:12] in caught.value.message) == (True, True)
    assert caught.value.command == f"pyo3ops debug core {path} --exe /venv/bin/python3.12"
    for no_program in (text, tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError, match="is no program"):
            core_reading.program(CORE, path, no_program, where)
    assert core_reading.program(CORE, path, None, where).library is None


def _raw(*native: NativeFrame, tid: int = 7, cut: str | None = None) -> Raw:
    return Raw(Process(), (RawThread(Thread(tid), native, cut=cut),), "gdb")


def test_what_called_code_that_is_not_here_is_not_believed() -> None:
    here = Found("/crab.so", library=DebugFile(Path("/crab.so")))
    lost = Found("/lib/libpython3.12.so", ID, refused=("built again",))
    inner, guess = NativeFrame("walk", 16, "/crab.so"), NativeFrame("call", 32, "/lib/libpython3.12.so", "call.c", 9)
    raw = _raw(inner, guess, NativeFrame("main", 48, "/crab.so"))
    (thread,) = core_reading.within_reach(raw, Core("x86_64", 64, 1), (here, lost)).threads
    assert thread.native == (inner, NativeFrame(None, 32, "/lib/libpython3.12.so"))
    assert thread.cut == "/lib/libpython3.12.so is not here, and it alone tells what called this"
    assert core_reading.within_reach(raw, Core("x86_64", 64, 1), (here,)) == raw


def test_a_stack_that_is_not_in_the_core_has_no_callers() -> None:
    stack = Area(STACK, STACK + 4096, readable=True, writable=True, executable=False, saved=256)
    threads = (CoreThread(7, 11, (), BASE, STACK + 256), CoreThread(8, 0, (), BASE, STACK + 8), CoreThread(9, 0))
    there = Core("x86_64", 64, 1, threads=threads, areas=(CODE, stack))
    assert core_reading.without_stack(there) == (7,)
    frames = (NativeFrame("inlined", 16, inlined=True), NativeFrame("walk", 16), NativeFrame(None, 0))
    (thread,) = core_reading.within_reach(_raw(*frames), there, ()).threads
    assert (thread.native, thread.cut) == (frames[:2], "its stack is not in the core")
    assert core_reading.within_reach(_raw(*frames, tid=8), there, ()) == _raw(*frames, tid=8)
