"""Text that is made to hang or to break: linear time, no exception."""

from __future__ import annotations

import random
import time

import pytest

from pyo3ops.debug.crash import crashes, redaction

#: Seconds of the processor for the text below; on a free machine a tenth of that is used.
LIMIT = 5.0
HOSTILE = {
    "one character": "x" * 60_000,
    "spaces": " " * 60_000,
    "brackets": "[(" * 20_000,
    "colons": "::" * 20_000,
    "quotes": "> " * 20_000,
    "bars": "a | " * 12_000,
    "slashes": "/a" * 20_000,
    "dots": "a." * 20_000,
    "hexadecimal": "0123456789abcdef" * 2_000,
    "letters": "aB3dE9fZ" * 5_000,
    "equals": "token=" * 6_000,
    "names": "password secret token api_key " * 1200,
    "escapes": "\x1b[" * 16_000,
    "links": "\x1b]8;;" * 8_000,
    "entities": "&lt;module&gt;" * 2_000,
    "heads": "Traceback (most recent call last):\n" * 600,
    "panics": "thread 'a' panicked at a.rs:1:1:\nboo\n" * 400,
    "records": '{"a":"Traceback (most recent call last):\\n  panicked at "}\n' * 1_500,
    "nested": '{"a":' * 4_000 + "Traceback (most recent call last):\\n",
    "titles": "___ a ___\nE   x\n" * 1000,
    "fatal": "Fatal Python error: Aborted\n" * 600,
    "resumed": "--- PyO3 is resuming a panic after fetching a PanicException from Python. ---\n" * 600,
    "frames": "#0  f () at a.c:1\n" * 1600,
    "notebooks": "PanicException  Traceback (most recent call last)\nFile a.py:3, in f\n---> 3 a\n" * 600,
    "reports": "Thread 0 Crashed:: a\n0   a  0x1 f + 8\n" * 800,
    "backtraces": "thread 'a' panicked at a.rs:1:1:\nx\nstack backtrace:\nz\n   0: a\n" * 500,
    "aborts": "#0  0x01 in abort ()\n" * 1600,
    "boxes": "╭─ Traceback (most recent call last) ─╮\n│ /a.py:3 in f │\n╰─────╯\n" * 1500,
    "box tops": "╭─ Traceback (most recent call last) ─╮\n" * 2000,
    "long paths": "╭─ Traceback (most recent call last) ─╮\n" + "│ /a/b/c │\n" * 4000,
    "broken calls": '  File "a.py", line\n' * 3000,
    "broken names": f'  File "{"a" * 60}.py", line 3, in f\nx\n    y\n' * 1500,
    "broken panics": "thread 'a' panicked at\n" * 3000,
    "broken marks": "--- PyO3 is resuming a panic\n" * 3000,
    "cores": "PID: 7 (a)\nSignal: 6 (ABRT)\n#0  0x1 f (a + 0x1)\n" * 1000,
    "core messages": "Process 7 (a) of user 1 dumped core.\n" * 2500,
    "rests of backtraces": "   0: core::panicking::panic\n   1: f\n   2: g\n   3: h\n\n" * 800,
    "many people": "".join(f"user: ab{number} " for number in range(6_000)),
    "people of many lengths": "".join(f"user: a.{'b' * (number % 50)}{number} a.b " for number in range(2_000)),
    "printed addresses": "(gdb) p $_siginfo._sifields._sigfault.si_addr\n$1 = (void *) 0x0\n#0  f () at a.c:1\n" * 800,
}
PARTS = (
    "thread '<unnamed>' (1) panicked at src/lib.rs:1:2:\n",
    "boom\n",
    "stack backtrace:\n   0: a::b\n             at src/lib.rs:3:4\n",
    "Traceback (most recent call last):\n",
    '  File "a.py", line 3, in f\n',
    "pyo3_runtime.PanicException: boom\n",
    "--- PyO3 is resuming a panic after fetching a PanicException from Python. ---\nPython stack trace below:\n",
    "Fatal Python error: Segmentation fault\n\n",
    "Current thread 0x00007f (most recent call first):\n",
    '  File "a.py", line 3 in f\n',
    "Program received signal SIGSEGV, Segmentation fault.\n#0  f () at src/lib.rs:3\n",
    "#1  0x00 in _PyEval_EvalFrameDefault ()\n",
    "worker-1  | ",
    "2026-11-28T21:00:00.1Z ",
    "\x1b[31m",
    "\r",
    "\0",
    "\ufffd\ud800",
    "___ test ___\nE   KeyError: 1\n\na.py:3: KeyError\n",
    '{"log":"x\\n"}\n',
    "\n\n",
)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_with_the_text_alone(text: str) -> None:
    started = time.process_time()
    crashes.of(text)
    redaction.redacted(text, {})
    assert time.process_time() - started < LIMIT


@pytest.mark.parametrize("seed", range(25))
def test_any_mixture_is_told_without_an_exception(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same each time
    text = "".join(chance.choice(PARTS) for _ in range(chance.randint(1, 60)))
    for crash in crashes.of(text).crashes:
        assert crash.signature.id
        assert crash.cause.why
    found, _, _ = redaction.redacted(text, {})
    crashes.of(found)
