from __future__ import annotations

import pytest

from pyo3ops.stacks.model import Frame, Variable
from pyo3ops.stacks.readers import text
from pyo3ops.stacks.readers.printed import Variables


def test_variables_stand_below_their_heading() -> None:
    reading, frames = Variables(2, 4), [Frame("outer"), Frame("inner")]
    assert not reading.taken(frames, "    early: 1")
    lines = ["  Arguments:", "    a: 1", "  Locals:", "    b: x: y"]
    assert [reading.begins(line) or reading.taken(frames, line) for line in lines] == [True] * 4
    assert [frame.variables for frame in frames] == [(), (Variable("a", "1", argument=True), Variable("b", "x: y"))]


@pytest.mark.parametrize("line", ["  a: 1", "\t\t\t\ta: 1", "    a b: 1", "    a", "Arguments:", " \tLocals:"])
def test_what_stands_elsewhere_or_says_otherwise_is_none(line: str) -> None:
    reading, frames = Variables(2, 4), [Frame("inner")]
    assert reading.begins("  Locals:")
    assert not reading.begins(line)
    assert not reading.taken(frames, line)
    assert frames == [Frame("inner")]


def test_no_call_has_more_than_there_is_room_for() -> None:
    reading, frames = Variables(0, 0), [Frame("inner")]
    assert reading.begins("Locals:")
    for number in range(text.VALUE_LIMIT + 5):
        assert reading.taken(frames, f"a{number}: {'x' * 1000}")
    assert len(frames[0].variables) == text.VALUE_LIMIT
    assert {len(each.value) for each in frames[0].variables} == {text.VALUE_LIMIT}
