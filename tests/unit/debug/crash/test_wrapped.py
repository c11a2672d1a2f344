from __future__ import annotations

import textwrap

import pytest

from pyo3ops.debug.crash import crashes, owned
from pyo3ops.debug.crash.wrapped import joined

TEXT = """\
thread 'ledger-worker-of-the-month' (4711) panicked at crates/accounting/src/book.rs:31:9:
no such account
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
--- PyO3 is resuming a panic after fetching a PanicException from Python. ---
Python stack trace below:
Traceback (most recent call last):
  File "/home/jo/projects/accounting/ledger-service/month.py", line 131, in settle_all
    return book.close(year, [account for account in accounts if account.open])
pyo3_runtime.PanicException: no such account
Traceback (most recent call last):
  File "/home/jo/projects/accounting/ledger-service/close.py", line 12, in <module>
    main()
  File "/home/jo/projects/accounting/ledger-service/close.py", line 9, in main
    month.settle_all()
pyo3_runtime.PanicException: no such account
"""


def wrapped(width: int, front: str = "", *, anywhere: bool = False) -> str:
    if anywhere:
        lines = [line[at : at + width] for line in TEXT.split("\n") for at in range(0, max(1, len(line)), width)]
    else:
        lines = [part for line in TEXT.split("\n") for part in textwrap.wrap(line, width) or [""]]
    return "\n".join(front + line for line in lines)


def told(text: str) -> tuple[str, list[str], int]:
    (crash,) = crashes.of(text).crashes
    names = [owned.bare_name(frame.function) for frame in owned.own(crash.story.frames)]
    return crash.story.place, names, len(crash.story.resumed)


@pytest.mark.parametrize("width", range(60, 96, 3))
@pytest.mark.parametrize("front", ["", "> "])
def test_a_text_that_was_wrapped_tells_the_same(width: int, front: str) -> None:
    assert told(wrapped(width, front)) == told(TEXT) == ("crates/accounting/src/book.rs:31", NAMES, 1)


@pytest.mark.parametrize("width", [70, 80])
def test_a_terminal_breaks_anywhere(width: int) -> None:
    assert told(wrapped(width, anywhere=True)) == told(TEXT)


NAMES = ["settle_all", "main", "<module>"]


@pytest.mark.parametrize(
    "lines",
    [
        ['  File "a.py", line 3, in f', "    g()", "ValueError: x"],
        ['  File "a.py", line 3', "    f(", "      ^", "SyntaxError: '(' was never closed"],
        ['  File "a.py", line 3', "", ", in f"],
        ["File", "Edit", "View"],
        ["thread 'a' panicked", "and nobody knew why"],
        ["thread 'a' panicked at a.rs:1:2:", "src/b.rs:3:4:"],
        ["note: run with care", "and with a lamp"],
        ["    at", "noon"],
    ],
)
def test_what_is_whole_or_does_not_become_so_stays(lines: list[str]) -> None:
    assert joined(lines) == list(enumerate(lines))
