from __future__ import annotations

import pytest

from pyo3ops.core.model import Fix, Status
from pyo3ops.stacks import whole
from pyo3ops.stacks.model import Confidence, Dump, Frame, Language, Process, Stack, Thread
from pyo3ops.stacks.sources.protocol import Refused

PYTHON = Stack(Thread(1), (Frame("main", Language.PYTHON, "a.py", 3),))
NATIVE = Stack(Thread(2), (Frame("0x1", module="/lib/x.so", address=1),))
FIX = Fix("bring it")


@pytest.mark.parametrize(
    ("seen", "status", "words", "fix"),
    [
        (Dump((PYTHON, NATIVE), source="gdb"), Status.OK, "2 threads, by gdb", None),
        (Dump((NATIVE,), source="gdb"), Status.WARN, "1 thread, by gdb: native frames alone", None),
        (Dump((NATIVE,), Process(python="3.12.1")), Status.OK, "1 thread", None),
        (Dump((PYTHON,), confidence=Confidence.PARTIAL), Status.WARN, "frames are missing", FIX),
        (Dump((PYTHON,), confidence=Confidence.ONE_SIDED), Status.WARN, "one side", FIX),
    ],
)
def test_how_much_of_the_truth_it_is(seen: Dump, status: Status, words: str, fix: Fix | None) -> None:
    found = whole.finding("debug.stack", seen, (("lldb", Refused("missing")), ("gdb", Refused("broken", "so"))), FIX)
    assert (found.id, found.status, found.fix) == ("debug.stack", status, fix)
    assert words in found.detail
    assert found.evidence == (*seen.gaps, "lldb gave nothing: missing", "gdb gave nothing: so")
