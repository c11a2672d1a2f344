"""The interpreter's lists in made-up memory: damaged ones end with a word, and what is not told is not known."""

from __future__ import annotations

import struct

from pyo3ops.stacks.inside import joined
from pyo3ops.stacks.inside.interpreter import Interpreter
from pyo3ops.stacks.inside.layout import Layout
from pyo3ops.stacks.inside.memory import Memory, Unreadable

RUNTIME, INTERP, FIRST, SECOND, FRAME, OTHER = range(0x1000, 0x7000, 0x1000)
STRUCTS = {
    "runtime": {"interpreters": 0},
    "interp": {"size": 64, "next": 0, "threads": 8},
    "tstate": {"size": 64, "next": 0, "interp": 8, "thread_id": 16, "current_frame": 24},
    "frame": {"size": 64, "previous": 0, "owner": 8, "code": 16},
    "cframe": {"previous": 0},
}


def interpreter(
    words: dict[int, int], *, free_threaded: bool = False, more: dict[str, int] | None = None
) -> Interpreter:
    """One with two threads, with some words of its memory changed; its calls are shims, which have no code."""
    whole = {
        RUNTIME: INTERP, INTERP + 8: FIRST, FIRST: SECOND, FIRST + 8: INTERP, FIRST + 16: 71, FIRST + 24: FRAME,
        SECOND + 8: INTERP, SECOND + 16: 72, FRAME: OTHER, FRAME + 8: 3, OTHER + 8: 3, **words,
    }  # fmt: skip

    def read(address: int, size: int) -> bytes:
        if not RUNTIME <= address < OTHER + 0x1000:
            raise Unreadable(f"{address:#x}")
        data = b"".join(struct.pack("<Q", whole.get(at, 0)) for at in range(address & ~7, address + size + 8, 8))
        return data[address & 7 :][:size]

    structs = {**STRUCTS, "tstate": {**STRUCTS["tstate"], **(more or {})}}
    return Interpreter(Memory(read), Layout((3, 14), structs, "a test", free_threaded), RUNTIME)


def test_lists_that_end() -> None:
    found = interpreter({})
    states = found.states()
    assert [each.ident for each in states] == [71, 72]
    assert [len(found.calls(each)[0]) for each in states] == [2, 0]
    assert (found.calls(states[0])[1], found.gaps) == (None, [])


def test_threads_in_a_circle_are_listed_once() -> None:
    found = interpreter({SECOND: FIRST})
    assert [each.ident for each in found.states()] == [71, 72]
    assert found.gaps == ["the list of threads is damaged: it comes back to 0x3000"]


def test_interpreters_in_a_circle_are_listed_once() -> None:
    found = interpreter({INTERP: INTERP})
    assert list(found.interpreters()) == [INTERP]
    assert found.gaps == ["the list of interpreters is damaged: it comes back to 0x2000"]


def test_calls_in_a_circle_are_listed_once_and_cut() -> None:
    found = interpreter({OTHER: FRAME})
    calls, cut = found.calls(found.states()[0])
    assert [each.frame for each in calls] == [FRAME, OTHER]
    assert cut == "Python calls cannot be read any further: the call at 0x5000 comes twice"


def test_marks_in_a_circle_are_listed_once() -> None:
    found = interpreter({FIRST + 32: FRAME, OTHER: FRAME}, more={"cframe": 32})
    older = Interpreter(found.memory, found.layout._replace(version=(3, 11)), RUNTIME)
    assert older.marks(older.states()[0], []) == [FRAME, OTHER]


def joining(found: Interpreter) -> tuple[list[str], list[str]]:
    rows: list[joined.Row] = [
        {"tid": ident, "ident": ident, "native": [], "waits_at": None, "python": None, "gil": "unknown"}
        for ident in (71, 72)
    ]
    python = joined.Python(found, None, [])
    python.join(rows, lambda *_: None)
    return [str(row["gil"]) for row in rows], sorted(set(python.gaps))


def test_without_the_lock_a_table_tells_who_is_attached() -> None:
    found = interpreter({FIRST + 32: 1}, free_threaded=True, more={"state": 32})
    assert joining(found) == (["held", "free"], [])


def test_without_the_lock_and_the_state_nobody_knows_who_is_attached() -> None:
    assert joining(interpreter({}, free_threaded=True)) == (
        ["unknown", "unknown"],
        ["who holds the interpreter's lock cannot be read: where the field state is, nobody knows"],
    )
