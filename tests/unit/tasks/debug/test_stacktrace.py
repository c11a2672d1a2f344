from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Status
from pyo3ops.stacks.model import Confidence, Dump, Frame, Gil, Language, Process, Stack, Thread
from pyo3ops.stacks.sources.chosen import Looked
from pyo3ops.stacks.sources.protocol import Refused
from pyo3ops.tasks.debug import stacktrace, understood
from pyo3ops.tasks.debug.stacktrace import Request
from pyo3ops.tools.processes import Running

PYTHON = Frame("main", Language.PYTHON, "a.py", 3)


def nameless(address: int) -> Frame:
    return Frame(hex(address), module="/lib/x.so", address=address)


def dump(held: Frame, *, waiting: bool = True) -> Dump:
    stacks = (Stack(Thread(1), (held, PYTHON), Gil.HELD),)
    other = Stack(Thread(2), (PYTHON,), Gil.WAITED_FOR if waiting else Gil.FREE)
    return Dump((*stacks, other), Process(12, python="3.12.1"), source="gdb")


@pytest.mark.parametrize(
    ("looks", "still"),
    [
        ((dump(nameless(16)), dump(nameless(16))), True),
        ((dump(nameless(16)), dump(nameless(32))), False),
        ((dump(nameless(16)),), False),
        ((dump(nameless(16), waiting=False),) * 2, False),
        ((dump(Frame("spin", Language.RUST, address=16)),) * 2, False),
    ],
)
def test_what_cannot_be_understood_is_no_good_news(looks: tuple[Dump, ...], still: bool) -> None:  # noqa: FBT001
    assert understood._stands_still(looks) is still
    found = understood._judged(looks)
    assert (Status.UNKNOWN in [each.status for each in found]) is still


def test_a_library_without_names_is_told() -> None:
    (found,) = understood._addresses(dump(nameless(16)))
    assert (found.id, found.status, found.detail) == (
        "debug.symbols",
        Status.WARN,
        "1 frame is an address without a name, in /lib/x.so",
    )
    assert list(understood._addresses(dump(PYTHON))) == []


def test_what_is_stopped_is_no_deadlock() -> None:
    (found,) = stacktrace._stopped(Running(12, "python", state="T"))
    assert found.fix
    assert found.fix.argv == ("kill", "-CONT", "12")
    assert list(stacktrace._stopped(Running(12, "python", state="S"))) == []


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (dump(PYTHON), Status.OK, "2 threads, by gdb"),
        (Dump((Stack(Thread(1), (nameless(1),), Gil.NONE),), source="gdb"), Status.WARN, "no Python interpreter"),
        (Dump((Stack(Thread(1), (PYTHON,)),), confidence=Confidence.PARTIAL), Status.WARN, "frames are missing"),
        (Dump((Stack(Thread(1), (PYTHON,)),), confidence=Confidence.ONE_SIDED), Status.WARN, "one side"),
    ],
)
def test_how_much_of_the_truth_it_is(seen: Dump, status: Status, words: str) -> None:
    found = understood._whole(seen, Looked((), (("lldb", Refused("missing")),)))
    assert found.status is status
    assert words in found.detail
    assert "lldb gave nothing: missing" in found.evidence


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (Request(os.environ), "told by its number or by --name"),
        (Request(os.environ, pid=1, name="x"), "told by its number or by --name"),
        (Request(os.environ, pid=2**30), "there is no process 1073741824"),
        (Request(os.environ, name="no-process-is-called-so"), "no process has 'no-process-is-called-so'"),
    ],
)
def test_which_process_has_to_be_told(request_: Request, says: str) -> None:
    with pytest.raises(UsageError, match=says) as raised:
        stacktrace.run(None, request_)
    assert raised.value.command


def test_several_of_one_name_are_listed() -> None:
    found = tuple(Running(number, "python", ("python", f"{number}.py")) for number in range(100, 130))
    with pytest.raises(UsageError, match="30 processes have 'py'") as raised:
        stacktrace._named(found, "py")
    assert "100  python 100.py" in str(raised.value)
    assert "and 10 more" in str(raised.value)


def test_nothing_is_imported_before_the_look_that_only_its_outcome_needs() -> None:
    code = "import sys; from pyo3ops.tasks.debug import stacktrace; print(*sys.modules)"
    more = "stacktrace._ready(None, stacktrace.Request({})); print(*sys.modules)"
    told = subprocess.check_output([sys.executable, "-c", f"{code}; {more}"], text=True).splitlines()
    before, meanwhile = (set(each.split()) for each in told)
    assert "pyo3ops.stacks.sources.chosen" in before
    outcome = {f"pyo3ops.stacks.{name}" for name in ("merge", "verdicts", "shown", "build_ids")}
    outcome.add("elftools.elf.elffile")
    assert not outcome & before
    assert outcome <= meanwhile
