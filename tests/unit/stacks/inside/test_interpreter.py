"""A process of this very Python, read out of memory with the recorded offsets: what it says of itself must come out."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

import pytest

from pyo3ops.stacks import layouts
from pyo3ops.stacks.inside import joined, layout, local_values, thread_names
from pyo3ops.stacks.inside.files import Found
from pyo3ops.stacks.inside.memory import Memory, Unreadable
from pyo3ops.stacks.inside.values import REPR_LIMIT

if TYPE_CHECKING:
    from pyo3ops.stacks.inside.interpreter import Interpreter, State

PROGRAM = Path(__file__).parents[3] / "data/stacks/gdb/held.py"
VERSION = "{}.{}".format(*sys.version_info[:2])
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or VERSION not in layouts.as_request(),
    reason="the processes of this system are not read here",
)


@dataclass(frozen=True)
class Held:
    """The process, and what it said of itself."""

    memory: Memory
    said: dict[str, Any]

    def fitting(self, rows: dict[str, Any], **known: Any) -> joined.Python:
        return joined.fitting(self.memory, Found(VERSION, None, self.said["runtime"]), rows, **{"types": dict, **known})

    @property
    def interpreter(self) -> Interpreter:
        found = self.fitting(layouts.as_request())
        assert found.interpreter is not None, found.gaps
        return found.interpreter

    def state(self, thread: str) -> State:
        return next(each for each in self.interpreter.states() if each.ident == self.said[thread])


def until_it_waits(held: Held, *, attached: bool) -> Held:
    """It said that it is there, and is on its way to where it waits: with the lock, or without."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        lock = held.interpreter.lock(held.state("main").interpreter)
        if lock is not None and bool(lock.holder) is attached:
            break
    return held


def run(*argv: str) -> Iterator[Held]:
    command = [sys.executable, str(PROGRAM), *argv]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        with Path(f"/proc/{process.pid}/mem").open("rb", buffering=0) as file:

            def read(address: int, size: int) -> bytes:
                try:
                    return os.pread(file.fileno(), size, address)
                except (OSError, OverflowError) as error:
                    raise Unreadable(str(error)) from None

            yield until_it_waits(Held(Memory(read), said), attached="attached" in argv)
        process.kill()


@pytest.fixture(scope="module")
def held() -> Iterator[Held]:
    yield from run()


@pytest.fixture(scope="module")
def attached() -> Iterator[Held]:
    yield from run("attached")


def test_the_calls_of_a_thread_are_those_that_python_sees(held: Held) -> None:
    calls, cut = held.interpreter.calls(held.state("thread"))
    found = [[call.function.rpartition(".")[2], call.line] for call in calls if not call.shim]
    assert cut is None
    assert found == held.said["stack"]


def test_from_the_oldest_call_on_the_loop_was_entered(held: Held) -> None:
    calls, _ = held.interpreter.calls(held.state("thread"))
    python = [call for call in calls if not call.shim]
    assert python[-1].entry
    if sys.version_info < (3, 11):
        assert all(call.entry for call in calls)
    else:
        assert not all(call.entry for call in python)


def test_each_loop_has_left_its_mark_on_the_stack(held: Held) -> None:
    state = held.state("thread")
    calls, _ = held.interpreter.calls(state)
    expected = sum(call.entry for call in calls) if sys.version_info >= (3, 10) else 0
    assert len(held.interpreter.marks(state, calls)) == expected


def test_threads_have_the_names_that_threading_gave(held: Held) -> None:
    names = thread_names.names(held.interpreter)
    assert names == {held.said["thread"]: "größe", held.said["main"]: "MainThread"}


def test_who_has_the_lock(held: Held, attached: Held) -> None:
    for process, holder in ((held, 0), (attached, attached.state("main").address)):
        lock = process.interpreter.lock(process.state("main").interpreter)
        assert lock is not None
        assert lock.holder == holder
        assert lock.start < lock.end


def test_locals_have_their_values(held: Held) -> None:
    interpreter = held.interpreter
    calls, _ = interpreter.calls(held.state("thread"))
    named = dict(zip([call.function.rpartition(".")[2] for call in calls], local_values.of_calls(interpreter, calls)))
    assert named["generator"] == [
        {"name": "number", "value": "3", "type": "int", "argument": True},
        {"name": "half", "value": "1.5", "type": "float", "argument": False},
    ]
    assert named["recursive"][0] == {"name": "depth", "value": "4", "type": "int", "argument": True}
    assert named["wait"][0]["value"].startswith("<Event at 0x")


def test_values_are_shown_as_repr_does(held: Held) -> None:
    values = literals("VALUES")
    assert [held.interpreter.objects.shown(each) for each in held.said["values"]] == [repr(each) for each in values]


def literals(name: str) -> list[Any]:
    """A list of the program's, which has no names in it but `float`."""
    text = PROGRAM.read_text(encoding="utf-8").partition(f"\n{name} = ")[2].partition("\n]")[0]
    return list(eval(text + "\n]"))  # noqa: S307 - our own file


def test_what_is_large_is_cut(held: Held) -> None:
    assert [held.interpreter.objects.shown(each) for each in held.said["large"]] == [
        "[0, 0, 0, 0, 0, ... 4 more]",
        "[[list(...)]]",
        "'" + "x" * (REPR_LIMIT - 4) + "...",
        "<int of 334 digits of 30 bits>",
        "{'a': 1, 'b': 2, 'c': 3, 'd': 4, 'e': 5, ... 1 more}",
    ]


def test_other_types_are_named_and_their_attributes_found(held: Held) -> None:
    objects = held.interpreter.objects
    for address, name in zip(held.said["own"], ("first", "other")):
        assert objects.shown(address) == f"<Own at {address:#x}>"
        found = thread_names.attribute(objects, address, "name")
        assert found is not None
        assert objects.text(found) == name
        assert thread_names.attribute(objects, address, "surname") is None


def test_what_is_no_object_is_a_word_and_no_error(held: Held) -> None:
    assert held.interpreter.objects.shown(8) == "<unreadable at 0x8>"
    with pytest.raises(Unreadable, match="no str"):
        held.interpreter.objects.text(held.said["values"][3])


def test_offsets_that_do_not_fit_are_not_used(held: Held) -> None:
    if sys.version_info >= (3, 13):
        # From here on the process itself tells, and a row adds to that at most.
        assert held.interpreter.layout.origin == "the process's own table"
        return
    other = layouts.as_request()["3.8" if sys.version_info >= (3, 11) else "3.12"]
    found = held.fitting({VERSION: {**other, "recorded": "another"}})
    assert found.interpreter is None
    assert "the interpreter cannot be read: by the table for another: " in found.gaps[0]
    row = row_of(held.said["main"], [])
    found.join([row], lambda *_: None)
    assert row["gil"] == "unknown"


def test_the_debug_information_is_asked_where_there_is_no_row(held: Held) -> None:
    structs = layouts.as_request()[VERSION]["structs"]
    assert held.fitting({}, types=lambda: structs).interpreter is not None


def test_without_an_address_there_are_native_frames_only(held: Held) -> None:
    found = joined.fitting(held.memory, Found(VERSION, "3.12.1", None), layouts.as_request(), dict)
    assert found.gaps == ["the interpreter has no symbol _PyRuntime: native frames only"]
    assert found.told() == {"python": "3.12.1"}


def row_of(thread: int, native: list[str], waits_at: int | None = None) -> dict[str, Any]:
    return {"tid": 1, "ident": thread, "native": native, "waits_at": waits_at, "python": None, "gil": "unknown"}


def test_who_waits_is_told_by_the_address_or_by_the_functions_near_the_leaf(attached: Held) -> None:
    thread, main = attached.said["thread"], attached.said["main"]
    lock = attached.interpreter.lock(attached.state("main").interpreter)
    assert lock is not None
    rows = [
        row_of(thread, [], lock.start + 24),
        row_of(thread, ["pthread_cond_timedwait", "take_gil", "main"]),
        row_of(thread, ["sem_wait", "_PyEval_EvalFrameDefault", "PyEval_RestoreThread"], lock.end),
        row_of(main, ["take_gil"]),
        row_of(12345, []),
    ]
    found = attached.fitting(layouts.as_request())
    found.join(rows, lambda row, index: str(row["native"][index]))
    assert [row["gil"] for row in rows] == ["waited for", "waited for", "free", "held", "none"]
    assert found.gaps == []


def test_a_thread_that_only_the_interpreter_knows_is_a_gap(held: Held) -> None:
    found = held.fitting(layouts.as_request())
    found.join([row_of(held.said["main"], [])], lambda *_: None)
    assert found.gaps == ["the interpreter lists 1 threads more than the system has"]


def test_a_chain_that_cannot_be_read_to_its_end_says_so_of_its_thread(held: Held) -> None:
    calls, cut = held.interpreter.calls(held.state("main"))
    assert cut is None
    oldest = [call.frame for call in calls if not call.shim][-1]

    def read(address: int, size: int) -> bytes:
        if address <= oldest < address + size:
            raise Unreadable("not in the core")
        return held.memory.block(address, size)

    found = Held(Memory(read), held.said).fitting(layouts.as_request())
    rows = [row_of(held.said[name], []) for name in ("main", "thread")]
    found.join(rows, lambda *_: None)
    assert 0 < len(rows[0]["python"]) < len(calls)
    assert rows[0]["python_cut"] == "Python calls cannot be read any further: not in the core"
    assert found.gaps == ["thread 1: Python calls cannot be read any further: not in the core"]
    assert "python_cut" not in rows[1]


def test_a_table_of_a_version_to_come_is_not_guessed_at() -> None:
    head = b"xdebugpy" + struct.pack("<QQ", 0x03630000, 0)
    with pytest.raises(Unreadable, match=r"Python 3\.99\.0 keeps its offsets in an order that is not known here"):
        layout.of_process(Memory(lambda address, size: head[address - 8 : address - 8 + size]), 8)


def test_before_3_13_a_process_tells_nothing_of_itself() -> None:
    assert layout.of_process(Memory(lambda *_: b"\0" * 24), 8) is None
