"""What a process says of its own structures, and threads read by it, in memory that is made up here."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from pyo3ops.stacks.inside import joined, layout
from pyo3ops.stacks.inside.interpreter import Interpreter
from pyo3ops.stacks.inside.memory import Memory, Unreadable

RUNTIME = 0x1000
#: Numbers behind the head of `_Py_DebugOffsets`, more than any version has.
LENGTH = 120


class Made:
    """Memory that is put together word by word."""

    def __init__(self) -> None:
        self._bytes: dict[int, int] = {}
        self.memory = Memory(self._read)

    def put(self, address: int, form: str, *values: Any) -> int:
        for at, byte in enumerate(struct.pack(f"<{form}", *values)):
            self._bytes[address + at] = byte
        return address

    def _read(self, address: int, size: int) -> bytes:
        if address not in self._bytes:
            raise Unreadable(f"nothing at {address:#x}")
        return bytes(self._bytes.get(address + at, 0) for at in range(size))


def table(version: tuple[int, int], *, free: bool) -> layout.Layout:
    """What is made of a table that has 8, 16, 24 and so on in it, each number once."""
    made = Made()
    made.put(RUNTIME, "8sQQ", layout.COOKIE, version[0] << 24 | version[1] << 16 | 0x01F0, free)
    made.put(RUNTIME + 24, f"{LENGTH}Q", *range(8, 8 * LENGTH + 8, 8))
    found = layout.of_process(made.memory, RUNTIME)
    assert found is not None
    return found


@pytest.mark.parametrize("version", [(3, 13), (3, 14)])
def test_without_the_lock_a_thread_s_state_stands_behind_its_status(version: tuple[int, int]) -> None:
    found = table(version, free=True)
    assert found.free_threaded
    assert found.at("tstate", "state") == found.at("tstate", "status") + 8


def test_where_nothing_tells_a_thread_s_state_it_is_not_guessed() -> None:
    assert not table((3, 15), free=True).has("tstate", "state")


@pytest.mark.parametrize("version", [(3, 13), (3, 14), (3, 15)])
def test_copies_of_code_and_a_lock_that_may_be_off_are_things_of_builds_without_it(version: tuple[int, int]) -> None:
    free, locked = table(version, free=True), table(version, free=False)
    copies = version > (3, 13)
    fields = [("gil", "enabled"), ("frame", "copy"), ("code", "copies")]
    assert [free.has(*field) for field in fields] == [True, copies, copies]
    assert [locked.has(*field) for field in fields] == [False, False, False]


def test_a_row_of_a_build_without_the_lock_is_another_one() -> None:
    rows = {"3.13": {"recorded": "3.13.0", "structs": {}}, "3.13t": {"recorded": "3.13.15t", "structs": {"tstate": {}}}}
    free, locked = (layout.of_rows(rows, (3, 13), free_threaded=each) for each in (True, False))
    assert free is not None
    assert locked is not None
    assert (free.origin, free.free_threaded) == ("the table for 3.13.15t", True)
    assert (locked.origin, locked.free_threaded) == ("the table for 3.13.0", False)
    assert layout.of_rows(rows, (3, 14), free_threaded=True) is None


STRUCTS: layout.Structs = {
    "runtime": {"interpreters": 632},
    "interp": {"next": 8, "threads": 16, "gil": 24},
    "tstate": {"next": 0, "interp": 8, "thread_id": 16, "current_frame": 24, "state": 32},
    "gil": {"enabled": 0, "locked": 4, "last_holder": 8},
    "frame": {"previous": 0, "code": 8, "instr": 16, "owner": 24, "copy": 28, "localsplus": 32},
    "code": {"filename": 16, "name": 24, "qualname": 24, "lines": 32, "firstlineno": 40, "bytecode": 64, "copies": 48},
    "object": {"type": 0},
    "type": {"name": 8},
    "unicode": {"length": 8, "state": 16, "ascii_size": 24},
    "bytes": {"length": 8, "data": 16},
}
INTERP, THREAD, GIL, FRAME, CODE, COPIES, COPY = (number << 16 for number in range(2, 9))
#: Three instructions of two bytes on the first line, three on the next (locations.md: short forms without columns).
LINES = bytes([0b1_1101_010, 0, 0b1_1101_010, 2])


def process(*, instruction: int, copy: int, enabled: int = 0, locked: int = 0, attached: int = 1) -> Made:
    """A thread in one call, whose code has one copy."""
    made = Made()
    made.put(RUNTIME + 632, "Q", INTERP)
    made.put(INTERP, "QQQQ", 0, 0, THREAD, GIL)
    made.put(THREAD, "QQQQi", 0, INTERP, 77, FRAME, attached)
    made.put(GIL, "iiQ", enabled, locked, THREAD)
    made.put(FRAME, "QQQIi", 0, CODE, instruction, 0, copy)
    text, data = made.put(0x100000, "QQ4s", 0, 0x100010, b"str\0"), made.put(0x100100, "QQ8s", 0, 0x100110, b"bytes\0")
    name = made.put(0x100200, "QQI4xs", text, 1, 1 << 2 | 8 << 2 | 16 << 2, b"f")
    lines = made.put(0x100300, f"QQ{len(LINES)}s", data, len(LINES), LINES)
    made.put(CODE, "QQQQQiQ", 0, 0, name, name, lines, 10, 0)
    made.put(CODE + 48, "Q", COPIES)
    made.put(COPIES, "QQQ", 2, CODE + 64, COPY)
    return made


def interpreter(made: Made, structs: layout.Structs = STRUCTS) -> Interpreter:
    return Interpreter(made.memory, layout.Layout((3, 14), structs, "this test", free_threaded=True), RUNTIME)


@pytest.mark.parametrize(
    ("instruction", "copy", "line"),
    [
        pytest.param(CODE + 64, 0, 10, id="the code's own"),
        pytest.param(CODE + 64 + 8, 0, 11, id="the code's own, later"),
        pytest.param(COPY, 1, 10, id="a copy"),
        pytest.param(COPY + 8, 1, 11, id="a copy, later"),
    ],
)
def test_lines_are_those_of_the_copy_that_a_thread_runs(instruction: int, copy: int, line: int) -> None:
    found = interpreter(process(instruction=instruction, copy=copy))
    calls, cut = found.calls(found.states()[0])
    assert cut is None
    assert [(call.function, call.line) for call in calls] == [("f", line)]


def test_a_number_of_no_copy_is_not_followed() -> None:
    found = interpreter(process(instruction=CODE + 64 + 8, copy=2))
    calls, _ = found.calls(found.states()[0])
    assert [call.line for call in calls] == [11]


@pytest.mark.parametrize(
    ("enabled", "locked", "attached", "gil"),
    [
        pytest.param(0, 0, 1, "held", id="attached"),
        pytest.param(0, 0, 0, "free", id="detached"),
        pytest.param(1, 1, 1, "held", id="with the lock on, its holder"),
        pytest.param(1, 0, 0, "free", id="with the lock on, nobody has it"),
    ],
)
def test_who_is_attached(enabled: int, locked: int, attached: int, gil: str) -> None:
    made = process(instruction=CODE + 64, copy=0, enabled=enabled, locked=locked, attached=attached)
    python = joined.Python(interpreter(made), "3.14.1", [])
    row = {"tid": 1, "ident": 77, "native": [], "waits_at": None}
    python.join([row], lambda *_: None)
    assert row["gil"] == gil
    assert python.told() == {"python": "3.14.1", "free_threaded": not enabled}
    assert python.gaps == ([joined.LOCK_ON] if enabled else [])


def test_where_no_state_is_known_nobody_is_said_to_be_attached() -> None:
    structs = {**STRUCTS, "tstate": {name: at for name, at in STRUCTS["tstate"].items() if name != "state"}}
    python = joined.Python(interpreter(process(instruction=CODE + 64, copy=0), structs), "3.15.0", [])
    row = {"tid": 1, "ident": 77, "native": [], "waits_at": None}
    python.join([row], lambda *_: None)
    assert row["gil"] == "unknown"
    assert python.gaps == ["who holds the interpreter's lock cannot be read: where the field state is, nobody knows"]
