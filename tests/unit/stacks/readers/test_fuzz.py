"""Real output that was cut, doubled, mixed, shuffled and spoilt: no reader raises, hangs, or takes too long."""

# ruff: noqa: E501, Q - what the formats are made of, on lines of their own

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3ops.stacks.dump_json import from_text, to_text
from pyo3ops.stacks.readers import read

DATA = Path(__file__).parents[3] / "data" / "stacks" / "readers"
FOLDERS = sorted({path.parent.name for path in DATA.glob("*/*.txt")})
#: Inputs of each format in CI, and of each where `-m heavy` asks for more than 100 000 in all.
FEW, MANY = 60, 13_000
#: Lines of one input, so that many of them fit into a minute.
LINES = 50
TEXTS = {
    folder: [path.read_text(encoding="utf-8").split("\n") for path in sorted(DATA.glob(f"{folder}/*.txt"))]
    for folder in FOLDERS
}
#: What only macOS and systemd write: the first is of our own, in the shape that Apple describes.
APPLE = """\
Exception Type:        EXC_BAD_ACCESS (SIGSEGV)
Exception Codes:       KERN_INVALID_ADDRESS at 0x0000000000000008
Termination Reason:    Namespace SIGNAL, Code 11 Segmentation fault: 11

Thread 0::  Dispatch queue: com.apple.main-thread
0   libsystem_kernel.dylib               0x18da4b11c __psynch_cvwait + 8

Thread 1 Crashed:: ledger-writer
0   ledger.cpython-312-darwin.so         0x106499bb8 ledger::post::write::h0123456789abcdef + 40 (post.rs:41)
1   ledger.cpython-312-darwin.so         0x1064990cc 0x106490000 + 37068
"""
CORE = DATA.parents[1] / "debug" / "crash" / "stranger2" / "coredumpctl-double-free.txt"
TEXTS["apple_report"] = [APPLE.split("\n")]
TEXTS["coredumpctl"] = [CORE.read_text(encoding="utf-8").split("\n")]
TEXTS["rust_backtrace"] = [
    lines[lines.index("stack backtrace:") + 1 :] for lines in TEXTS["rust_panic"] if "stack backtrace:" in lines
]
FOLDERS += ["apple_report", "coredumpctl", "rust_backtrace"]
#: What the formats are made of.
PIECES = (
    "Exception Type:  EXC_CRASH (SIGABRT)", "Thread 0 Crashed:: a", "0   a   0x1 f + 8", "   PID: 7 (a)", "   Signal: 6 (ABRT)",
    "Stack trace of thread 7:", "#0  0x1 f (a + 0x1)", "Process 7 (a) of user 1 dumped core.", "   1:   0x1 - core::panicking::panic",
    "Traceback (most recent call last):", '  File "a", line 1, in f', "  | ", "  +-+---------------- 1 ----------------",
    "stack backtrace:", "thread 'x' panicked at 'y', z:1:2", "thread 'x' panicked at a:1:2:", "   0: f", "#0  0x1 in f (",
    "* thread #1, ", "    frame #0: 0x1 a`b", "Thread 1 (Thread 0x1 (LWP 1)):", "Current thread 0x1 (most recent call first):",
    "During handling of the above exception, another exception occurred:", '    (C) File "a", line 1, in b (c)', "[", "]",
    "Fatal Python error: ", "Exception ignored in: x", '    "pid": 1, "thread_id": 1,', "\x00", "\r", "\u2028", "\udcff", "\x1b[31m",
    "(" * 50, "<" * 50, "', " * 30, " at " * 30, ": " * 30, "_R", "_ZN", "$LT$", "99999999999999999999", "\u0660\u0661",
)  # fmt: skip


def cut(lines: list[str], dice: random.Random) -> list[str]:
    return lines[dice.randrange(len(lines)) :] if dice.random() < 0.5 else lines[: dice.randrange(len(lines)) + 1]


def doubled(lines: list[str], dice: random.Random) -> list[str]:
    first = dice.randrange(len(lines))
    part = lines[first : first + dice.randrange(1, 8)]
    return lines[:first] + part * dice.randrange(2, 5) + lines[first:]


def mixed(lines: list[str], dice: random.Random) -> list[str]:
    other = list(window(dice.choice(TEXTS[dice.choice(FOLDERS)]), dice))
    result = []
    while lines or other:
        source = lines if lines and (not other or dice.random() < 0.5) else other
        result += source[:1]
        del source[:1]
    return result


def spoilt(lines: list[str], dice: random.Random) -> list[str]:
    result = list(lines)
    for _ in range(dice.randrange(1, 12)):
        index = dice.randrange(len(result))
        line = result[index]
        at = dice.randrange(len(line) + 1)
        result[index] = line[:at] + chr(dice.choice((dice.randrange(128), dice.randrange(0x3000)))) + line[at + 1 :]
    return result


def shuffled(lines: list[str], dice: random.Random) -> list[str]:
    return dice.sample(lines, len(lines))


def thinned(lines: list[str], dice: random.Random) -> list[str]:
    return [line for line in lines if dice.random() < 0.8] or [""]


def salted(lines: list[str], dice: random.Random) -> list[str]:
    result = list(lines)
    for _ in range(dice.randrange(1, 6)):
        index, piece = dice.randrange(len(result)), dice.choice(PIECES)
        result[index] = dice.choice((piece, piece + result[index], result[index] + piece))
    return result


def indented(lines: list[str], dice: random.Random) -> list[str]:
    margin = dice.choice(("    ", "  | ", "\t", "E   ", "2024-01-01T00:00:00Z "))
    return [margin + line if dice.random() < 0.9 else line for line in lines]


CHANGES: tuple[Callable[[list[str], random.Random], list[str]], ...] = (
    cut, doubled, mixed, spoilt, shuffled, thinned, salted, indented,
)  # fmt: skip


def window(lines: list[str], dice: random.Random) -> list[str]:
    first = dice.randrange(max(1, len(lines) - LINES)) if dice.random() < 0.7 else 0
    return lines[first : first + LINES] or [""]


def changed(folder: str, dice: random.Random) -> str:
    lines = window(dice.choice(TEXTS[folder]), dice)
    for change in dice.choices(CHANGES, k=dice.randrange(1, 5)):
        lines = change(list(lines), dice)[: 4 * LINES]
    return "\n".join(lines)


def holds(text: str) -> int:
    """What is promised of every text; the number of pieces."""
    pieces = read(text)
    last = 0
    for piece in pieces:
        assert last < piece.first_line <= piece.last_line <= text.count("\n") + 1
        last = piece.last_line
        assert from_text(to_text(piece.dump)) == piece.dump
    return len(pieces)


def fuzzed(folder: str, number: int) -> tuple[int, int]:
    counts = [0, 0]

    @settings(max_examples=number, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(min_value=0, max_value=2**64))
    def run(seed: int) -> None:
        counts[0] += 1
        counts[1] += holds(changed(folder, random.Random(seed)))  # noqa: S311 - no secret

    run()
    return counts[0], counts[1]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_spoilt_output_is_too_much(folder: str) -> None:
    inputs, pieces = fuzzed(folder, FEW)
    assert inputs >= FEW
    assert pieces


@pytest.mark.heavy
@pytest.mark.timeout(7200)
def test_no_spoilt_output_of_many_is_too_much(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {folder: fuzzed(folder, MANY) for folder in FOLDERS}
    with capsys.disabled():
        for folder, (inputs, pieces) in counts.items():
            sys.stdout.write(f"\n{folder}: {inputs} inputs, {pieces} pieces, no crash, no hang")
    assert sum(inputs for inputs, _ in counts.values()) >= 100_000


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None, database=None)
def test_any_text_is_read(text: str) -> None:
    holds(text)


#: Texts that would take the square of their length where a reader looked ahead, or back, without a bound.
REPEATED = {
    "heads": "Traceback (most recent call last):\n",
    "frames": 'Traceback (most recent call last):\n  File "a", line 1, in f\n',
    "one_traceback": '  File "a", line 1, in f\n    g()\n',
    "finals": "Traceback (most recent call last):\nValueError: x\n",
    "chains": "ValueError: x\n\nDuring handling of the above exception, another exception occurred:\n\n",
    "groups": "  + Exception Group Traceback (most recent call last):\n  | E: x\n  +-+---------------- 1 ----------------\n",
    "members": "    +---------------- 1 ----------------\n    | E: x\n",
    "syntax": '  File "a", line 1\n',
    "threads": "Exception in thread x:\nException ignored in: x\n",
    "panics": "thread 'x' panicked at a:1:2:\n",
    "old_panics": "thread 'x' panicked at 'y\n",
    "backtraces": "thread 'x' panicked at a:1:2:\nstack backtrace:\n   0: f\n",
    "rust_frames": "   0: 0x1 - f\n      at a:1:2\n",
    "resumed": "--- PyO3 is resuming a panic after fetching a PanicException from Python. ---\nPython stack trace below:\n",
    "fatal": "Fatal Python error: x\n\n",
    "faulthandler": 'Current thread 0x1 (most recent call first):\n  File "a", line 1 in f\n',
    "binaries": 'Current thread\'s C stack trace (most recent call first):\n  Binary file "a", at +0x1[0x2]\n',
    "gdb": "#0  0x1 in f (a=1) at b:1\n        c = 1\n    d\n",
    "gdb_open": "#0  0x1 in f (a=1,\n" + "    b=(<[,\n" * 5,
    "gdb_threads": "Thread 1 (Thread 0x1 (LWP 1)):\n",
    "py_bt": "Traceback (most recent call first):\n\n",
    "lldb": "* thread #1, name = 'x'\n    frame #0: 0x1 a`b(c=1) at d:1:2\n",
    "apple": "Exception Type: EXC_CRASH (SIGABRT)\nThread 0 Crashed::\n0   a  0x1 f + 8\n",
    "apple_fields": "Exception Type: EXC_CRASH (SIGABRT)\nProcess:\n\n",
    "cores": "PID: 7 (a)\nSignal: 6 (ABRT)\nStack trace of thread 7:\n#0  0x1 f (a + 0x1)\n",
    "core_messages": "Process 7 (a) of user 1 dumped core.\n",
    "core_heads": "PID: 7 (a)\n",
    "core_threads": "Stack trace of thread 7:\n\n",
    "rust_rest": "   0: core::panicking::panic\n   1: f\n\n",
    "rust_numbers": "   0: f\n",
    "pystack": 'Traceback for thread 1 (x) [] (most recent call last):\n    (C) File "a", line 1, in b (c)\n',
    "pystack_locals": "      Locals:\n        a: 1\n",
    "py_spy": 'Thread 1 (idle): "x"\n    f (a.py:1)\n',
    "json": '[\n  {\n    "pid": 1,\n    "thread_id": 1,\n',
    "json_open": '[{"pid": 1, "thread_id": 1, "a": [[[[\n',
    "log": "2024-01-01 00:00:00 INFO something happened: 1\n",
    "blank": "\n",
    "spaces": "    \n",
}


def calls(text: str) -> int:
    """How many functions are called, of C as well, until a text is read."""
    count = 0

    def called(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(called)
    try:
        read(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", REPEATED)
def test_work_grows_with_the_text_and_no_faster(name: str) -> None:
    start = 'Traceback (most recent call last):\nThread 1 (idle): "x"\n' if name != "log" else ""
    first, second = (calls(start + REPEATED[name] * number) for number in (300, 600))
    assert second <= 2.2 * first + 2_000


#: Lines as long as a reader looks at, on which a careless pattern would try every way to divide them.
LONG = (
    "thread 'x' panicked at 'y" + "', a:1" * 700,
    "thread '" + "'" * 200 + " panicked at " + ":1" * 2000,
    "panicked at " + "a:" * 2000,
    '  File "' + '", line 1' * 500,
    '  File "' + '", line 1, in f' * 300 + "\x00",
    '  Binary file "' + '", at a+0x1' * 400,
    '    (C) File "' + '", line 1, in (' * 300,
    '    (C) File "a", line 1, in ' + "f (" * 1200,
    '    (C) File "a", line 1, in ' + " (inlined" * 500,
    "#0  0x1 in " + "a<" * 2000,
    "#0  0x1 in f (" + "a=(" * 1300,
    "#0  0x1 in f (" + ") at " * 800,
    "#0  0x1 in f () at " + ":1" * 1990,
    "#0  0x1 in f () at a:1" + " [a]" * 990,
    "    frame #0: 0x1 a`" + " [inlined] " * 360,
    "    frame #0: 0x1 " + "a" * 3900,
    "* thread #1, " + "name = '" * 480,
    "* thread #1, " + "stop reason = " * 280,
    "Thread 1 " + '"' * 3900,
    "Exception in thread " + ":" * 3900,
    "Process 1: " + "a" * 3900,
    "    " + "a (" * 1300,
    "   0: " + "_RNvC" * 790,
    "   0: " + "_ZN" + "1a" * 1900 + "E",
    "   0: " + "$u" * 1900,
    "a: " * 1300,
    "." * 4000,
    " " * 4000,
    "-" * 4000,
    "  +-" + "-" * 3900,
)


def test_no_line_makes_a_pattern_try_everything() -> None:
    # A generous bound: each takes thousandths of a second, and minutes where a pattern runs away.
    start = time.process_time()
    for line in LONG:
        for head in ("", "Traceback (most recent call last):\n", "#0  0x1 in f (a=1)\n", "stack backtrace:\n"):
            holds((head + line + "\n") * 10)
        holds("Traceback (most recent call last):\n" + (line + "\n") * 20)
    assert time.process_time() - start < 60


def test_a_line_of_a_megabyte_is_cut() -> None:
    assert holds("x" * 2**20) == 0
    pieces = read('Traceback (most recent call last):\n  File "a", line 1, in f\nValueError: ' + "x" * 2**20)
    assert pieces[0].dump.exception
    assert 1_000 < len(pieces[0].dump.exception.message) < 10_000


@pytest.mark.heavy
@pytest.mark.timeout(1800)
def test_ten_megabytes_and_a_million_lines_are_read() -> None:
    dice = random.Random(1)  # noqa: S311 - no secret
    holds("".join(dice.choices("\n \t0a(<'\"#:.|+-x", k=10 * 2**20)))
    holds("2024-01-01 00:00:00 INFO something happened: 1\n" * 1_000_000)
    traceback = 'Traceback (most recent call last):\n  File "a", line 1, in f\nValueError: x\n'
    assert len(read(traceback * 300_000)) == 300_000
