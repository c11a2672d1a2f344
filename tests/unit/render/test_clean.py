from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyo3ops.render.clean import LIMIT, clean, command, inert, line

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject, SearchStrategy


def test_hostile_text_is_harmless(hostile: tuple[str, str]) -> None:
    assert clean(hostile[0]) == hostile[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain text, 検証, 🦀, naïve", "plain text, 検証, 🦀, naïve"),
        ("one\r\ntwo\nthree", "one\ntwo\nthree"),
        ("a\tb", "a    b"),
        ("\x1b]0;never ended", ""),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 4, "abcd… 2 characters cut"),
        ("x" * 5000, 2, "xx… 4,998 characters cut"),
        # The cut may fall into a sequence.
        ("ab\x1b[31mred", 4, "ab… 6 characters cut"),
        ("ab\x1b[31mred", 3, "ab\\x1b… 7 characters cut"),
    ],
)
def test_clean_cuts_what_is_too_long(text: str, limit: int, expected: str) -> None:
    assert clean(text, limit) == expected


def test_a_megabyte_is_cut_to_the_limit() -> None:
    assert clean("\x1b[31m" + "x" * 2**20) == "x" * (LIMIT - 5) + f"… {2**20 + 5 - LIMIT:,} characters cut"


def test_a_megabyte_of_escapes_costs_no_more() -> None:
    assert clean("\x1b" * 2**20) == "\\x1b" * LIMIT + f"… {2**20 - LIMIT:,} characters cut"


def test_line_has_no_newline() -> None:
    assert line("a\nb\r\nc\n") == "a b c "


def test_line_cuts_what_is_too_long() -> None:
    assert line("a\nbcd", 3) == "a b… 2 characters cut"


@settings(deadline=None)
@given(data=st.data())
def test_any_text_is_harmless(texts: SearchStrategy[str], data: DataObject) -> None:
    cleaned = clean(data.draw(texts))
    assert {each for each in cleaned if unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp")} <= {"\n"}
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned


@settings(deadline=None)
@given(data=st.data())
def test_clean_text_stays_as_it_is(texts: SearchStrategy[str], data: DataObject) -> None:
    cleaned = clean(data.draw(texts))
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("pip", "install", "maturin>=1.9"), "pip install 'maturin>=1.9'"),
        # Quoted, the tilde would be a folder of that name.
        (("ls", "~/a b", "~/", "~", "~ada/x", "a~/b"), "ls ~/'a b' ~/ ~ '~ada/x' 'a~/b'"),
        (("a\nb", "\x1b[31mc"), "'a b' c"),
        ((), ""),
    ],
)
def test_command(argv: tuple[str, ...], expected: str) -> None:
    assert command(argv) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("::error::x", ": :error::x"),
        ("a\n  \t::add-mask::x\nb ::c::", "a\n  \t: :add-mask::x\nb ::c::"),
        ("\x1b[31m ::stop-commands::x", "\x1b[31m : :stop-commands::x"),
        ("a ##[group]b", "a ## [group]b"),
        ("std::mem # [x]", "std::mem # [x]"),
    ],
)
def test_inert(text: str, expected: str) -> None:
    assert inert(text) == expected
