"""Real backtraces whose first lines were cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.debug.crash import crashes
from pyo3ops.stacks.readers import read, rust_panic

DATA = Path(__file__).parents[3] / "data" / "stacks" / "readers" / "rust_panic"
FIXTURES = sorted(DATA.glob("*.txt"))


def cut(path: Path) -> str:
    """A text without what stands before the first call of its first backtrace; empty where there is none."""
    _, found, rest = path.read_text(encoding="utf-8").partition("stack backtrace:\n")
    return rest if found else ""


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_what_led_to_the_panic_is_told_without_its_begin(path: Path) -> None:
    text = cut(path)
    if not text:
        assert not any(piece.reader == "rust_backtrace" for piece in read(path.read_text(encoding="utf-8")))
        return
    whole = next(
        piece
        for piece in read(path.read_text(encoding="utf-8"))
        if piece.dump.exception and len(piece.dump.exception.frames) > 1
    )
    assert whole.dump.exception is not None
    expected = [frame for frame in whole.dump.exception.frames if not frame.glue]
    first = read(text)[0] if read(text) else None
    if first is None or first.reader != "rust_backtrace":
        # Few calls, or none with a name of the panic's own: nobody knows that it was one.
        machinery = [frame for frame in whole.dump.exception.frames if "panicking" in frame.function]
        assert len(expected) <= 3 or not machinery
        return
    found = first.dump.stacks[0].frames
    assert found[-1] == expected[-1]
    assert set(found) & set(expected)


def test_it_is_a_panic_where_nothing_else_tells_of_it() -> None:
    texts = [cut(path) for path in FIXTURES]
    told = [crash for text in texts if text for crash in crashes.of(text).crashes if crash.story.panics]
    assert len(told) > 5
    assert all(crash.story.kind.value == "panic" for crash in told)


@pytest.mark.parametrize(
    "text", ["   0: anyhow::error::new\n   1: a::b\n   2: a::c\n   3: a::main\n", "  1: panic_attack\n"]
)
def test_a_backtrace_of_no_panic_is_none(text: str) -> None:
    assert not read(text)


def test_machinery_is_asked_for() -> None:
    frames, end = rust_panic.frames_from(["   0: a::b", "   1: a::c", "   2: a::d"], 0)
    assert end == 3
    assert rust_panic.without_machinery(frames) == ()
