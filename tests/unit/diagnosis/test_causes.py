from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pyo3ops.core.toml import load
from pyo3ops.diagnosis.causes import Cause, Needle, causes, filled, names, needle

DATA = Path(__file__).parents[2] / "data" / "why"
each_cause = pytest.mark.parametrize("cause", causes(), ids=lambda cause: cause.id)


def parsed(pattern: str) -> Any:
    if sys.version_info >= (3, 11):
        import re._parser as parser  # noqa: PLC0415 - which of the two there is depends on the Python
    else:
        import sre_parse as parser  # noqa: PLC0415
    return parser.parse(pattern)


def test_ids_are_different() -> None:
    ids = [cause.id for cause in causes()]
    assert len(set(ids)) == len(ids) >= 60


def test_the_list_for_others_is_current() -> None:
    topics = load(DATA / "topics.toml")["topic"]
    assert [(topic["id"], topic["title"]) for topic in topics if topic["id"] not in {c.id for c in causes()}] == []
    assert {topic["id"]: topic["title"] for topic in topics} == {cause.id: cause.title for cause in causes()}


@each_cause
def test_a_row_is_complete(cause: Cause) -> None:
    assert re.fullmatch(r"[a-z0-9]+\.[a-z0-9-]+", cause.id)
    assert cause.needles
    assert not cause.title.endswith(".")
    assert cause.cause.endswith((".", ".)"))
    assert cause.cure.endswith(".")
    assert urlsplit(cause.source).scheme == "https"
    assert set(cause.explains) <= {each.id for each in causes()} - {cause.id}
    assert set(cause.platforms) <= {"linux", "darwin", "win32"}


@each_cause
def test_places_can_be_filled(cause: Cause) -> None:
    caught = {name for each in cause.needles for name in each.pattern().groupindex}
    for name in {*names(cause.cause), *names(cause.cure)}:
        assert name in cause.words
    assert set(cause.places()) <= caught | set(cause.words)
    assert "{" not in cause.cause_text() + cause.cure_text()


@each_cause
def test_patterns_are_bounded_and_fit_their_window(cause: Cause) -> None:
    for each in cause.needles:
        widest = parsed(each.text.replace(" ", r"[ \n]")).getwidth()[1]
        assert widest <= each.reach, each.text
        assert not re.search(r"(?<!\\)(?:\\\\)*[*+](?![^\[]*\])", each.text), each.text


@each_cause
def test_no_alternatives_at_the_top(cause: Cause) -> None:
    # The words of a needle are those that every text it fits has.
    for each in cause.needles:
        bare = re.sub(r"\\.|\[[^\]]*\]", "", each.text)
        while re.search(r"\([^()]*\)", bare):
            bare = re.sub(r"\([^()]*\)", "", bare)
        assert "|" not in bare, each.text
        assert len(each.words) >= 3, each.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the linker `(?P<a>x{1,3})` is not", "the linker `"),
        (r"error\[E0554\]", "error"),
        ("a?bc(?:de|fg)hij", "hij"),
        (r"os error 28\)", "os error 28"),
        (r"-l(?!python\d)some thing\.lib", "some thing"),
        ("PY_[A-Z]{1,9} is (?-i:Set)", " is "),
    ],
)
def test_words(text: str, words: str) -> None:
    assert needle(text).words == words


def test_a_space_is_a_line_end_and_letters_are_equal() -> None:
    assert needle("Not Found").pattern().search("it was NOT\nfound")


def test_filled_once() -> None:
    assert filled("{a} {b}", {"a": "{b}", "b": "x"}) == "{b} x"


HOSTILE = (
    "a",
    " ",
    "a ",
    "x.so ",
    "`",
    "'\"",
    "((",
    "1.",
    "/a",
    "::",
    "error: ",
    "python3.1",
    "\n",
    "_Py",
    "=\n",
    "a\n",
)


@pytest.mark.parametrize("cause", causes(), ids=lambda cause: cause.id)
def test_nothing_takes_long(cause: Cause) -> None:
    """What looks like the begin of a message a thousand times over is looked at in time."""
    for each in cause.needles:
        for filler in HOSTILE:
            text = (each.words + filler * (2 * each.reach // len(filler) // 3)) * 2
            text = text[: 2 * each.reach]
            assert seconds(each, text) < 0.5, (each.text, filler)


def seconds(each: Needle, text: str) -> float:
    each.pattern()
    started = time.process_time()
    for _ in each.pattern().finditer(text):
        pass
    return time.process_time() - started
