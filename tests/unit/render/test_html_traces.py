from __future__ import annotations

from pyo3ops.core.model import Call, Trace
from pyo3ops.render.html_traces import OPEN, section


def test_the_first_stacks_are_open() -> None:
    traces = tuple(Trace(f"t{number}", (Call("f", "rust"),)) for number in range(OPEN + 2))
    page = "".join(section(traces))
    assert page.count('<details class="stack" open>') == OPEN
    assert page.count('<details class="stack">') == 2


def test_a_language_that_the_style_sheet_does_not_know_is_no_class() -> None:
    page = "".join(section((Trace("t", (Call("f", 'x" onclick="y'),)),)))
    assert 'class="other"' in page
    assert "onclick" not in page


def test_nothing_without_stacks() -> None:
    assert list(section(())) == []
