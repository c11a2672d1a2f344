from __future__ import annotations

import json

import pytest

from pyo3ops.debug.crash.cleaning import cleaned

CRASH = """\
thread 'main' (12) panicked at src/lib.rs:3:5:
boom
Traceback (most recent call last):
  File "run.py", line 3, in <module>
    lib.f()
pyo3_runtime.PanicException: boom
"""
LINES = CRASH.splitlines()


def texts(pasted: str) -> list[str]:
    return [line.text for line in cleaned(pasted).lines if line.text]


@pytest.mark.parametrize(
    "front",
    [
        "2026-11-28T21:00:00.1234567Z ",
        "2026-11-28T21:00:00.123Z 01E ",
        "2026-11-28T21:00:00.123456789Z stderr F ",
        "test\tRun tests\t2026-11-28T21:00:00.1234567Z ",
        "worker-1  | ",
        "worker-1  | 2026-11-28 21:00:00 ",
        "[gw3] ",
        "[pod/ledger-7d9f/worker] ",
        "Nov  8 21:00:00 build07 ledger[43]: ",
        "2026-11-28T21:00:00.123456+00:00 build07 ledger[43]: ",
        "<13>1 2026-11-28T21:00:00Z build07 ledger 43 - - ",
        "#12 3.456 ",
        "[21:00:00] ",
        "[  12.345678] ",
        "> ",
        "> > ",
        "| ",
        "\u2502 ",
        "    ",
        "[2026-11-28 21:00:00,123: ERROR/ForkPoolWorker-1] ",
        "worker.7 (stderr) >>> ",
        "\x1b[36mworker-1  | \x1b[0m",
    ],
)
def test_a_front_of_every_line_goes(front: str) -> None:
    pasted = "".join(f"{front}{line}\n" for line in LINES)
    assert texts(pasted) == LINES


def test_lines_keep_their_numbers() -> None:
    pasted = "hello\n\n" + "".join(f"2026-11-28T21:00:0{at}.1Z {line}\n" for at, line in enumerate(LINES))
    found = cleaned(pasted)
    assert [(line.number, line.text) for line in found.lines][2:8] == list(enumerate(LINES, 3))
    assert found.number(3) == 3
    assert found.number(99) == 0


def test_a_front_of_one_line_stays() -> None:
    pasted = "2026-11-28 21:00:00 ERROR job failed\n" + CRASH
    assert texts(pasted)[0] == "2026-11-28 21:00:00 ERROR job failed"


def test_programs_that_are_mixed_are_told_apart() -> None:
    mixed = [f"{who}  | {line}" for line in LINES for who in ("one-1", "two-2")]
    found = cleaned("\n".join(mixed))
    assert texts("\n".join(mixed)) == [*LINES, *LINES]
    assert [line.number for line in found.lines if line.number][: len(LINES)] == [1, 3, 5, 7, 9, 11]


def test_colours_links_and_line_ends_of_windows_go() -> None:
    pasted = "".join(f"\x1b[1;35m{line}\x1b[0m\x1b]8;;http://x\x07\r\n" for line in LINES)
    assert texts(pasted) == LINES
    assert texts("".join(f"^[[31m{line}^[[0m\n" for line in LINES)) == LINES


def test_commands_and_sections_of_runners_go() -> None:
    assert texts("##[error]Process completed with exit code 1.") == ["Process completed with exit code 1."]
    assert texts("section_start:1795899600:step\r\x1b[0K$ make\n") == ["$ make"]
    assert texts("::error file=a.py,line=3::boom") == ["boom"]


def test_a_page_and_its_fences_go() -> None:
    page = "<pre>thread &#x27;&lt;unnamed&gt;&#x27; (1) panicked at a.rs:1:1:</pre>"
    assert texts(page) == ["thread '<unnamed>' (1) panicked at a.rs:1:1:"]
    assert texts(f"```pytb\n{CRASH}```\n") == LINES


def test_records_of_json_are_lines_again() -> None:
    one = json.dumps({"event": "failed", "exception": CRASH})
    assert texts(one) == LINES
    each = "\n".join(json.dumps({"log": f"{line}\n", "stream": "stderr"}) for line in LINES)
    assert texts(each) == LINES


def test_a_tracebacks_text_in_an_error_is_no_traceback() -> None:
    line = 'called `Result::unwrap()` on an `Err`: PyErr { traceback: Some("Traceback (most recent call last):\\n") }'
    assert texts(line) == [line]


def test_what_begins_in_the_middle_of_a_line_is_a_line() -> None:
    assert texts("test_close.py Fatal Python error: Aborted") == ["test_close.py", "Fatal Python error: Aborted"]
    group = "  + Exception Group Traceback (most recent call last):"
    assert texts(group) == [group]


def test_what_pytest_shows_is_told_as_a_traceback() -> None:
    shown = [
        "________ test_one ________",
        "",
        "    def test_one():",
        ">       work()",
        "",
        "test_a.py:9: ",
        "    def work():",
        ">       lib.f()",
        "E       KeyError: 'a'",
        "",
        "test_a.py:5: KeyError",
        "=========== 1 failed ===========",
    ]
    found = cleaned("\n".join(shown))
    made = [found.lines[at - 1] for at in sorted(found.made)]
    assert [line.text for line in made] == [
        "Traceback (most recent call last):",
        '  File "test_a.py", line 9, in test_one',
        '  File "test_a.py", line 5, in work',
        "KeyError: 'a'",
        "",
    ]
    assert [line.number for line in made] == [9, 6, 11, 9, 9]
