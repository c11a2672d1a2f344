from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.core.model import Status
from pyo3ops.debug import core_findings
from pyo3ops.stacks.fault import Memory
from pyo3ops.stacks.model import Dump, Frame, Signal, Stack, Thread
from pyo3ops.stacks.symbol_files import Found
from pyo3ops.tools.core_file import Area, Core
from pyo3ops.tools.core_notes import CoreThread, Named
from pyo3ops.tools.debug_files import DebugFile

FILE = Path("/tmp/core")  # noqa: S108 - it is not opened
STACK = Area(0x7FFC00000000, 0x7FFC00800000, readable=True, writable=True, executable=False)
MEMORY = Memory((STACK,), (CoreThread(7, 11, (("rax", 0xDEAD000000000000),), 0x400010, STACK.start + 64),))
DUMP = Dump((Stack(Thread(7), (Frame("walk", module="/crab.so"),)),))


def test_a_death_is_told_with_what_to_look_at() -> None:
    found = core_findings.signal(Signal(11, "SIGSEGV", 8, "8 bytes past null", "address not mapped"), MEMORY, DUMP)
    assert (found.id, found.status) == ("core.signal", Status.FAIL)
    assert found.detail == "SIGSEGV (address not mapped) at 0x8: 8 bytes past null"
    assert found.fix is not None
    assert "unsafe" in found.fix.summary
    alone = core_findings.signal(Signal(8, "SIGFPE"), MEMORY, None)
    assert (alone.detail, alone.fix and alone.fix.summary) == (
        "SIGFPE",
        "look for a division at the top of the stack (there is no stack yet)",
    )


@pytest.mark.parametrize("number", [4, 6, 7, 8, 11, 31])
def test_every_death_has_a_way_out(number: int) -> None:
    found = core_findings.signal(Signal(number, "SIG"), MEMORY, DUMP)
    assert (found.status, found.title) == (Status.FAIL, "no signal ended the process")
    assert found.fix is not None


@pytest.mark.parametrize("number", [6, 11])
def test_what_somebody_sent_is_no_fault_of_the_code_that_it_hit(number: int) -> None:
    sent = Signal(number, "SIG", code="sent by a process with kill(), by process 26434")
    found = core_findings.signal(sent, MEMORY, DUMP)
    assert found.status is Status.FAIL
    assert found.fix is not None
    assert found.fix.summary.startswith("ask who sent it")
    itself = core_findings.signal(
        Signal(number, "SIG", code="sent with tgkill(): raise() and abort() do that"), MEMORY, DUMP
    )
    assert itself.fix is not None
    assert not itself.fix.summary.startswith("ask")


def test_at_a_breakpoint_it_may_have_died_or_not() -> None:
    found = core_findings.signal(Signal(5, "SIGTRAP"), MEMORY, DUMP)
    assert (found.status, found.detail) == (
        Status.WARN,
        "SIGTRAP: it died of that, or a debugger stopped it there and took a picture",
    )


def test_an_overflow_has_its_own_cure() -> None:
    found = core_findings.signal(Signal(11, "SIGSEGV", STACK.start - 8, "just below"), MEMORY, DUMP)
    assert found.fix is not None
    assert "bound" in found.fix.summary


def test_without_an_address_registers_are_suspected() -> None:
    found = core_findings.signal(Signal(11, "SIGSEGV"), MEMORY, DUMP)
    assert found.evidence[0].startswith("rax = 0xdead000000000000: no address that a process can have")


@pytest.mark.parametrize("died", [None, Signal(0, "signal 0"), Signal(2, "SIGINT"), Signal(19, "SIGSTOP")])
def test_a_picture_of_a_process_that_lived(died: Signal | None) -> None:
    found = core_findings.signal(died, MEMORY, DUMP)
    assert (found.status, found.fix) == (Status.OK, None)


def test_how_much_is_missing() -> None:
    assert core_findings.whole(Core("x86_64", 64, 2**20, areas=(STACK,)), FILE).status is Status.OK
    found = core_findings.whole(Core("x86_64", 64, 2**20, 3 * 2**20, areas=(STACK,)), FILE)
    assert (found.status, found.detail) == (Status.WARN, "3.0 MiB of 4.0 MiB are missing (75 %)")
    assert found.fix is not None
    assert found.fix.argv


def test_a_program_that_is_not_here() -> None:
    core = Core("x86_64", 64, 1, executable="/venv/bin/python", named=Named(1, "python", ""))
    there = Found("/venv/bin/python", library=DebugFile(Path("/venv/bin/python")))
    assert core_findings.executable(core, there, FILE).status is Status.OK
    found = core_findings.executable(core, Found("/venv/bin/python"), FILE)
    assert (found.status, found.detail) == (Status.WARN, "/venv/bin/python is not on this machine")
    rebuilt = Found("/venv/bin/python", refused=("it was built again since",))
    assert core_findings.executable(core, rebuilt, FILE).detail == "it was built again since"


def test_frames_without_a_name() -> None:
    assert core_findings.symbols(DUMP, (), FILE).status is Status.OK
    bare = Dump((Stack(Thread(7), (Frame("??", module="/crab.so"), Frame("main", module="/bin/python"))),))
    found = core_findings.symbols(bare, (Found("/crab.so", "abcd" * 10), Found("/other.so")), FILE)
    assert (found.status, found.detail) == (Status.WARN, "1 of 2 frames are only addresses, in /crab.so")
    assert found.evidence == (f"/crab.so: build {'abcd' * 10}, no symbols",)
    assert found.fix is not None
    assert found.fix.argv == ("pyo3ops", "debug", "core", str(FILE), "--symbols", "DIR")
    rebuilt = core_findings.symbols(DUMP, (Found("/crab.so", refused=("built again",)),), FILE)
    assert (rebuilt.status, rebuilt.evidence) == (Status.WARN, ("built again",))
    # What no stack runs through is of no matter.
    assert core_findings.symbols(DUMP, (Found("/else.so", refused=("built again",)),), FILE).status is Status.OK


def test_a_long_list_is_cut() -> None:
    frames = tuple(Frame("??", module=f"/{number}.so") for number in range(20))
    found = core_findings.symbols(
        Dump((Stack(Thread(7), frames),)), tuple(Found(f"/{each}.so") for each in range(20)), FILE
    )
    assert (len(found.evidence), found.evidence[-1]) == (13, "and 8 more")


def test_a_core_of_another_machine() -> None:
    assert core_findings.foreign(Core("x86_64", 64, 1), "x86_64") is None
    for core in (Core("i686", 32, 1), Core("aarch64", 64, 1), Core("x86_64", 32, 1)):
        found = core_findings.foreign(core, "x86_64")
        assert found is not None
        assert (found.status, core.machine in found.detail) == (Status.UNKNOWN, True)


def test_servers_only_warn() -> None:
    assert core_findings.servers(()) == ()
    (found,) = core_findings.servers(("one", "other"))
    assert (found.status, found.detail, found.evidence) == (Status.WARN, "one", ("other",))


def test_a_core_that_ends_within_its_headers_is_not_called_whole() -> None:
    assert core_findings.whole(Core("x86_64", 64, 100), FILE).status is Status.UNKNOWN
    assert core_findings.signal(None, MEMORY, Dump()).status is Status.UNKNOWN


def test_libraries_that_are_not_here() -> None:
    here = Found("/lib/a.so", "ab" * 20, library=DebugFile(Path("/lib/a.so")))
    below = Found("/lib/b.so", "cd" * 20, library=DebugFile(Path("/r/lib/b.so")), instead="below /r", refused=("no",))
    found = core_findings.libraries((here, below), FILE, sysroot=True)
    assert (found.status, found.detail) == (Status.OK, "2 files, 1 of them in another place: below /r")
    assert found.evidence == ("no",)
    lost, rebuilt = Found("/lib/c.so", "ef" * 20), Found("/lib/d.so", "12" * 20, refused=("d was built again",))
    found = core_findings.libraries((here, lost, rebuilt), FILE, sysroot=False)
    assert (found.status, "2 of 3 are not on this machine" in found.detail) == (Status.WARN, True)
    assert found.evidence == (f"/lib/c.so is not here (build {'ef' * 20})", "d was built again")
    assert found.fix
    assert found.fix.argv == ("pyo3ops", "debug", "core", str(FILE), "--sysroot", "DIR")
    assert "below that folder" in core_findings.libraries((lost,), FILE, sysroot=True).detail


def test_libraries_of_which_nothing_tells_the_build() -> None:
    unsure = Found("/lib/a.so", library=DebugFile(Path("/lib/a.so")), unverified=True)
    found = core_findings.libraries((unsure,), FILE, sysroot=False)
    assert (found.status, found.evidence) == (Status.WARN, ("/lib/a.so",))
    assert "1 of 1 were: taken as they are now" in found.detail
    program = core_findings.executable(Core("x86_64", 64, 1), unsure, FILE)
    assert "nothing in the core says" in program.detail


def test_a_core_that_was_written_without_its_stacks() -> None:
    core = Core("x86_64", 64, 2**20, areas=(STACK,), threads=(CoreThread(7, 11), CoreThread(8, 0)))
    found = core_findings.whole(core, FILE, (7,))
    assert (found.status, "without the stack of thread 7" in found.detail) == (Status.WARN, True)
    assert found.fix
    assert "coredump_filter" in found.fix.summary
    assert "2 of 2 threads" in core_findings.whole(core, FILE, (7, 8)).detail
