from __future__ import annotations

import signal
import sys

import pytest

from pyo3ops.stacks import signals


@pytest.mark.skipif(sys.platform != "linux", reason="the numbers are those of Linux")
def test_the_names_are_those_of_this_system() -> None:
    known = {number: name for number, name in signals.NAMES.items() if number in set(signal.Signals)}
    assert known == {number: signal.Signals(number).name for number in known}


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (11, 1, "address not mapped"),
        (11, 128, "the processor does not tell the address, which is none that a process can have"),
        (5, 128, "raised by the processor"),
        (6, -6, "sent with tgkill(): raise() and abort() do that"),
        (15, 0, "sent by a process with kill()"),
        (11, 77, None),
        (11, None, None),
    ],
)
def test_why_it_was_sent(number: int, code: int | None, words: str | None) -> None:
    assert signals.reason(number, code) == words


def test_a_signal_without_a_name() -> None:
    assert signals.name(40) == "signal 40"
