from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.core.model import Status
from pyo3ops.stacks.model import Dump, Frame, Gil, Language, Process, Stack, Thread
from pyo3ops.tasks.debug import joined, stacktrace, understood
from pyo3ops.tasks.debug.stacktrace import Request
from pyo3ops.tools.processes import Running

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.stacks.layers import Sources

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


def look(*places: int, awake: bool = False) -> Dump:
    """A look at threads, each at an address; the first one is the main thread."""
    stacks = tuple(
        Stack(Thread(12 + number), (Frame("spin", Language.C, address=place),), asleep=not awake)
        for number, place in enumerate(places)
    )
    return Dump(stacks, Process(12, python="3.12.1"), source="gdb")


@pytest.mark.parametrize(
    ("looks", "stuck", "said"),
    [
        ((look(1), look(2)), False, "it moves: the main thread was elsewhere at the second look, so it is busy"),
        ((look(1, 7), look(1, 8)), False, "it moves: thread 13 was elsewhere"),
        ((look(1, 7), look(2, 8)), False, "it moves: the main thread and 1 more of 2 threads were elsewhere"),
        # At the same instruction of a loop, and on a processor.
        ((look(1, awake=True), look(1, awake=True)), False, "it moves: the main thread"),
        ((look(1), look(1)), False, "it stood still: its one thread is at the same place in both looks; it waits, or"),
        ((look(1, 7), look(1, 7)), False, "it stood still: both its threads are"),
        ((look(1, 7, 9), look(1, 7, 9)), False, "it stood still: all 3 threads are"),
        ((look(1, 7), look(1, 8)), True, "a part of it moves: thread 13 was elsewhere at the second look"),
        ((look(1),), False, "it was looked at once"),
    ],
)
def test_whether_it_moves_is_told_in_a_line(looks: tuple[Dump, ...], stuck: bool, said: str) -> None:  # noqa: FBT001
    answer = understood._answer(looks, stuck=stuck)
    assert answer.startswith(said)
    expected = (said.startswith("it moves"), said.startswith("it stood") and not stuck)
    assert ("dead" in answer, "hangs" in answer) == expected


def test_of_what_a_verdict_names_it_is_not_said_that_it_may_be_waiting() -> None:
    assert understood._answer((look(1), look(1)), stuck=True).endswith("at the same place in both looks")


def test_a_library_without_names_is_told() -> None:
    (found,) = understood._addresses(dump(nameless(16)))
    assert (found.id, found.status, found.detail) == (
        "debug.symbols",
        Status.WARN,
        "1 frame is an address without a name, in /lib/x.so",
    )
    assert found.evidence == ()
    assert list(understood._addresses(dump(PYTHON))) == []


@pytest.mark.parametrize(
    ("module", "of_somebody"),
    [("/lib/x.so", False), ("/v/site-packages/x/x.so", True), ("/usr/lib/python3/dist-packages/x.so", True)],
)
def test_a_wheel_of_somebody_can_be_built_with_names(module: str, of_somebody: bool) -> None:  # noqa: FBT001
    fix = understood._names(["/lib/y.so", module])
    assert ("pip install --force-reinstall --no-deps --no-binary PACKAGE" in fix.summary) == of_somebody


def test_what_is_stopped_is_no_deadlock() -> None:
    (found,) = stacktrace._stopped(Running(12, "python", state="T"))
    assert found.fix
    assert found.fix.argv == ("kill", "-CONT", "12")
    assert list(stacktrace._stopped(Running(12, "python", state="S"))) == []


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


def test_a_lock_file_that_is_just_being_written_is_no_reason_to_show_no_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources_of = joined.sources_of

    def told(root: Path | None, env: Mapping[str, str]) -> Sources:
        if root is not None:
            raise ConfigError("Cargo.lock is not TOML")
        return sources_of(root, env)

    monkeypatch.setattr(joined, "sources_of", told)
    assert stacktrace._ready(tmp_path, Request({"PATH": ""})).sources == sources_of(None, {})


def test_a_broken_reader_of_files_is_no_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, understood.OPTIONAL, None)
    assert stacktrace._ready(None, Request({})).sources.crates == {}
    monkeypatch.setitem(sys.modules, understood.LATER, None)
    with pytest.raises(ImportError):
        stacktrace._ready(None, Request({}))
