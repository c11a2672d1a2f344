"""What rich draws, as the one that is installed does it: joined to its panic in any width."""

from __future__ import annotations

import io
from typing import Iterator

import pytest
from rich.console import Console
from rich.traceback import Traceback

from pyo3ops.debug.crash import crashes, owned, rich_log

PANIC = "thread '<unnamed>' (7) panicked at src/book.rs:31:9:\nno such account\n"


class PanicException(BaseException):
    """As PyO3 names its own."""


def settle(names: tuple[str, ...]) -> None:
    assert names
    raise PanicException("no such account")


def close_month() -> None:
    settle(("cash", "bank"))


def close_year() -> None:
    try:
        close_month()
    except PanicException as error:
        raise KeyError("the year stays open") from error


def drawn(function: str, width: int, *, plain: bool = False, variables: bool = False) -> str:
    try:
        globals()[function]()
    except BaseException as error:  # noqa: BLE001 - a PanicException is no Exception
        console = Console(file=io.StringIO(), width=width, safe_box=plain, legacy_windows=plain)
        shown = Traceback.from_exception(
            type(error), error, error.__traceback__, width=width, show_locals=variables, suppress=()
        )
        console.print(shown)
        return str(console.file.getvalue())  # type: ignore[attr-defined]
    raise AssertionError(function)


def own(text: str) -> Iterator[str]:
    (crash,) = crashes.of(text).crashes
    assert crash.story.place == "src/book.rs:31"
    (panic,) = crash.story.panics
    assert text.split("\n")[panic.traceback - 1].count("Traceback (most recent call last)") == 1
    return (owned.bare_name(frame.function) for frame in owned.own(crash.story.frames))


@pytest.mark.parametrize("width", [50, 76, 100, 160])
@pytest.mark.parametrize("variables", [False, True])
def test_a_box_is_joined_to_its_panic(width: int, variables: bool) -> None:  # noqa: FBT001
    text = PANIC + drawn("close_month", width, variables=variables)
    assert list(own(text))[:2] == ["settle", "close_month"]


@pytest.mark.parametrize("front", ["", "kiln-1  | ", "2026-11-28T21:00:00Z ", "> "])
def test_what_stands_in_front_of_the_lines_is_taken_off_first(front: str) -> None:
    lines = (PANIC + drawn("close_month", 100, variables=True)).rstrip("\n").split("\n")
    assert list(own("\n".join(front + line for line in lines)))[:2] == ["settle", "close_month"]


@pytest.mark.parametrize("plain", [False, True])
def test_boxes_of_a_chain_are_one_crash(plain: bool) -> None:  # noqa: FBT001
    text = PANIC + drawn("close_year", 90, plain=plain)
    assert list(own(text))[:3] == ["settle", "close_month", "close_year"]
    (crash,) = crashes.of(text).crashes
    assert [each.id for each in crash.also] == ["panic.caught"]


def test_a_box_that_no_exception_ends_tells_nothing() -> None:
    lines = drawn("close_month", 100).split("\n")
    assert rich_log.tracebacks(lines)
    for end in range(len(lines) - 2):
        assert not rich_log.tracebacks(lines[:end])
    assert not rich_log.tracebacks([line for line in lines if " in " not in line])


def test_a_path_that_is_too_long_for_the_box_is_put_together() -> None:
    lines = [
        "╭─ Traceback (most recent call last) ─╮",
        "│ /home/jo/a-folder-that-is-rather-lon │",
        "│ g/ledger.py:31 in                    │",
        "│ close_month                          │",
        "│ ❱ 31 │   book.close()                │",
        "╰─────────────────────────────────────╯",
        "ValueError: late",
    ]
    told = [text for _, text in rich_log.tracebacks(lines)[6]]
    assert told[1:3] == [
        '  File "/home/jo/a-folder-that-is-rather-long/ledger.py", line 31, in close_month',
        "    book.close()",
    ]
