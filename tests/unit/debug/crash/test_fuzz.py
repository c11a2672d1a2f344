"""Pasted crashes that were spoilt, for as long as PYO3OPS_FUZZ_SECONDS says: no exception, no hang, no half answer."""

# ruff: noqa: E501 - what the texts are made of, on lines of their own

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

import pytest

from pyo3ops.debug.crash import crashes, redaction
from pyo3ops.debug.crash.middle import Middle
from pyo3ops.debug.crash.qualified import qualified

DATA = Path(__file__).parents[3] / "data" / "debug" / "crash"
SECONDS = float(os.environ.get("PYO3OPS_FUZZ_SECONDS", "1"))
#: Lines of one text, and seconds of the processor that one may take: a hundred times what it does.
LINES, LIMIT = 120, 5.0
TEXTS = [path.read_bytes().decode("utf-8", "replace").split("\n") for path in sorted(DATA.glob("*/*.txt"))]
PIECES = (
    "thread 'a' panicked at src/a.rs:1:2:", "thread 'a' panicked at", "src/a.rs:1:2:", "stack backtrace:", "   0: a::b",
    "   1:        0x1 - core::panicking::panic_fmt", "             at /a.rs:1:2", "Traceback (most recent call last):",
    '  File "a.py", line', "7, in f", "pyo3_runtime.PanicException: x", "PanicException: x", "KeyError: 1",
    "--- PyO3 is resuming a panic after fetching a PanicException from Python. ---", "Python stack trace below:",
    "╭──── Traceback (most recent call last) ────╮", "│ /a/b.py:3 in f │", "│ ❱ 3 │ g() │", "╰────────────╯", "│ ╭─ locals ─╮ │",
    "PanicException     Traceback (most recent call last)", "Cell In[1], line 3, in f(x)", "----> 3 g()",
    "           PID: 7 (python)", "        Signal: 11 (SEGV)", "   Stack trace of thread 7:", "#0  0x0000000000000001 f (a.so + 0x1)",
    "Exception Type:  EXC_BAD_ACCESS (SIGSEGV)", "Thread 0 Crashed:: a", "0   a   0x1 f + 8", "Fatal Python error: Aborted",
    "Current thread 0x1 (most recent call first):", '  File "a.py", line 3 in f', "Program received signal SIGSEGV, Segmentation fault.",
    "The above exception was the direct cause of the following exception:", "  + Exception Group Traceback (most recent call last):",
    "  +-+---------------- 1 ----------------", "password = 'aB3dE9fZ0102'", "Authorization: Bearer aB3dE9fZ0102aB3dE9fZ0102", "\\",
    "-----BEGIN RSA PRIVATE KEY-----", "token:", '{"log":"x\\n"}', "web-1  | ", "> ", "2026-11-28T21:00:00Z ", "\x1b[31m", "\0", "\ud800", "",
)  # fmt: skip


def changed(dice: random.Random) -> str:
    lines = _window(dice)
    for _ in range(dice.randrange(1, 6)):
        lines = dice.choice(CHANGES)(lines, dice)[: 4 * LINES] or [""]
    return dice.choice(("\n", "\n", "\n", "\r\n", "\\n")).join(lines)


def _window(dice: random.Random) -> list[str]:
    lines = dice.choice(TEXTS)
    first = dice.randrange(max(1, len(lines) - LINES))
    return lines[first : first + LINES]


def _half(lines: list[str], dice: random.Random) -> list[str]:
    return lines[dice.randrange(len(lines)) :]


def _twice(lines: list[str], dice: random.Random) -> list[str]:
    return lines[: dice.randrange(len(lines)) + 1] * 2


def _by_turns(lines: list[str], dice: random.Random) -> list[str]:
    return [each for pair in zip(lines, _window(dice)) for each in pair]


def _broken(lines: list[str], dice: random.Random) -> list[str]:
    width = dice.randrange(10, 90)
    return [line[start : start + width] for line in lines for start in range(0, max(1, len(line)), width)]


def _salted(lines: list[str], dice: random.Random) -> list[str]:
    return [dice.choice(PIECES) + line if dice.random() < 0.1 else line for line in lines]


def _behind_a_front(lines: list[str], dice: random.Random) -> list[str]:
    front = dice.choice(PIECES)
    return [front + line for line in lines]


def _shuffled(lines: list[str], dice: random.Random) -> list[str]:
    return dice.sample(lines, len(lines))


def _with_others(lines: list[str], dice: random.Random) -> list[str]:
    return [part for line in lines for part in ((line, dice.choice(PIECES)) if dice.random() < 0.2 else (line,))]


CHANGES = (_half, _twice, _by_turns, _broken, _salted, _behind_a_front, _shuffled, _with_others)


def holds(text: str) -> int:
    """What is promised of every text; the number of crashes."""
    started = time.process_time()
    found = crashes.of(text)
    hidden, _, _ = redaction.redacted(text, {})
    crashes.of(hidden)
    middle = Middle(0, 0)
    data = text.encode("utf-8", "replace")
    for start in range(0, len(data), 4_000):
        middle.feed(data[start : start + 4_000])
    assert middle.lines == data.count(b"\n")
    assert all(data[each.start : each.end] == each.data for each in middle.windows)
    lines = text.count("\n") + 1
    for crash in found.crashes:
        assert crash.signature.id
        assert crash.cause.why
        assert 0 <= crash.story.lines[0] <= crash.story.lines[1] <= lines
        assert len(qualified(crash.story.frames)) == len(crash.story.frames)
    assert time.process_time() - started < LIMIT
    return len(found.crashes)


@pytest.mark.fuzz
@pytest.mark.timeout(3600)
def test_no_spoilt_crash_is_too_much(capsys: pytest.CaptureFixture[str]) -> None:
    end = time.monotonic() + SECONDS
    texts = told = 0
    while time.monotonic() < end or texts < len(PIECES):
        seed = texts if SECONDS <= 1 else random.randrange(2**40)  # noqa: S311 - no secret
        text = changed(random.Random(seed))  # noqa: S311
        try:
            told += holds(text)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
        texts += 1
    if SECONDS > 1:
        with capsys.disabled():
            sys.stdout.write(f"\n{texts} texts, {told} crashes in them, no exception, no hang")
    assert told
