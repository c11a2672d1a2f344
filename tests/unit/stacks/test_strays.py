"""What was taken for calls and is none."""

from __future__ import annotations

from pyo3ops.stacks.merge import merged
from pyo3ops.stacks.model import Confidence, Gil, Process, Thread
from pyo3ops.stacks.raw import NativeFrame, PythonFrame, Raw, RawThread
from pyo3ops.stacks.sources.written import raw
from pyo3ops.stacks.strays import without_strays

PYTHON = "/usr/lib/libpython3.8.so.1.0"
LOOP = NativeFrame("_PyEval_EvalFrameDefault", 0x7F2D57000000, PYTHON)
START = NativeFrame("_start", 0x400000, "/usr/bin/python3.8")
WHEEL = NativeFrame(None, 0x7F2D5757F486, "/venv/orjson.so")
MADE = NativeFrame(None, 0x7F2D00001000)
#: What gdb 13 made of a call of the wheel of orjson 3.10.15 for Python 3.8.
STRAYS = tuple(NativeFrame(None, each) for each in (0x1000000, 0x12, 0x7F2D576C3F00, 0x7FFF2B2EA748, 0x0))


def thread(*native: NativeFrame, cut: str | None = None) -> RawThread:
    calls = tuple(PythonFrame(name, "orj.py", 1) for name in ("default", "<module>"))
    return RawThread(Thread(1), native, calls, Gil.FREE, cut)


def test_words_of_a_stack_are_no_calls() -> None:
    read = without_strays(thread(LOOP, WHEEL, *STRAYS))
    assert read.native == (LOOP, WHEEL)
    stack = merged(Raw(Process(1), (read,), "gdb")).stacks[0]
    assert [frame.function for frame in stack.frames] == ["default", "0x7f2d5757f486", "<module>"]
    assert stack.confidence is Confidence.PARTIAL
    assert "no rules for unwinding are in that code" in stack.seams[0].reason


def test_what_the_debugger_said_of_the_end_stays() -> None:
    assert without_strays(thread(WHEEL, *STRAYS, cut="corrupt stack?")).cut == "corrupt stack?"


def test_code_that_a_program_made_stays_where_it_leads_on() -> None:
    for native in ((MADE, LOOP, START), (MADE, LOOP, MADE), (LOOP, START)):
        assert without_strays(thread(*native)) == thread(*native)


def test_a_null_pointer_that_was_called_stays() -> None:
    null = NativeFrame(None, 0)
    for native in ((null,), (null, WHEEL, LOOP, START)):
        assert without_strays(thread(*native)) == thread(*native)
    assert without_strays(thread(null, *STRAYS)).native == (null,)


def test_behind_the_root_nothing_is_missing() -> None:
    read = without_strays(thread(LOOP, START, NativeFrame(None, 0)))
    assert (read.native, read.cut) == ((LOOP, START), None)


def test_what_a_debugger_wrote_has_none() -> None:
    rows = [{"function": None, "address": each.address, "module": each.module} for each in (WHEEL, *STRAYS)]
    told = {"tid": 1, "native": list(range(len(rows))), "python": None, "gil": "free"}
    look = {"process": {}, "threads": [told], "frames": rows, "modules": [], "gaps": []}
    assert raw(look, "gdb").threads[0].native == (WHEEL,)
