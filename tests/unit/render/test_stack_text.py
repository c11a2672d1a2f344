from __future__ import annotations

from pyo3ops.core.model import Call, Fact, SourceLine, Trace
from pyo3ops.render.stack_text import lines


def test_one_line_a_call() -> None:
    source = (SourceLine(2, "before"), SourceLine(3, "x = 1", current=True))
    calls = (
        Call("f", "python", path="a.py", line=3, source=source, variables=(Fact("x", "1"),)),
        Call("", gap="cut"),
        Call("g", "rust", inlined=True),
        Call("h"),
    )
    assert list(lines(Trace("t", calls, hidden=2))) == [
        "python f  a.py:3",
        "       >    3 | x = 1",
        "           x = 1",
        "... cut ...",
        "rust   g (inlined)",
        "       h",
        "2 frames hidden",
    ]


def test_an_empty_stack_says_so() -> None:
    assert list(lines(Trace("t"))) == ["no frames"]
