"""What the watcher makes of faulthandler's first words; the rest of it needs a process that crashes."""

from __future__ import annotations

import pytest

from pyo3ops.stacks.model import Signal
from pyo3ops.watcher import fatal


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Segmentation fault", "SIGSEGV"),
        ("Aborted", "SIGABRT"),
        ("Bus error", "SIGBUS"),
        ("Illegal instruction", "SIGILL"),
        ("Floating point exception", "SIGFPE"),
        ("Floating-point exception", "SIGFPE"),
    ],
)
def test_a_fatal_signal_is_told_by_its_words(words: str, name: str) -> None:
    found = fatal(f"Fatal Python error: {words}\n\nCurrent thread")
    assert found is not None
    assert found.name == name
    assert fatal(f"Fatal Python error: {words}") == found


@pytest.mark.parametrize("said", ["", "pyo3ops: dump 1\n", "Fatal Python error: ", "Current thread 0x1\nAborted"])
def test_what_tells_of_no_signal_has_none(said: str) -> None:
    assert fatal(said) is None
    assert fatal("Fatal Python error: Segmentation fault") == Signal(11, "SIGSEGV")
