from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.core.errors import UsageError
from pyo3ops.debug.breakpoints.where import LIMIT, Kind, Where, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("crate::module::function", Where("crate::module::function", Kind.RUST_FUNCTION, "crate::module::function")),
        ("größe", Where("größe", Kind.RUST_FUNCTION, "größe")),
        ("<T as Trait>::method", Where("<T as Trait>::method", Kind.RUST_FUNCTION, "<T as Trait>::method")),
        ("a::b::{closure#0}", Where("a::b::{closure#0}", Kind.RUST_FUNCTION, "a::b::{closure#0}")),
        ("area<f32>", Where("area<f32>", Kind.RUST_FUNCTION, "area<f32>")),
        ("name<a::B> (inlined)", Where("name<a::B> (inlined)", Kind.RUST_FUNCTION, "name<a::B>")),
        (
            "a::{impl#1}::f<fn(&str) -> u8>",
            Where("a::{impl#1}::f<fn(&str) -> u8>", Kind.RUST_FUNCTION, "a::{impl#1}::f<fn(&str) -> u8>"),
        ),
        ("{impl#1}::f", Where("{impl#1}::f", Kind.RUST_FUNCTION, "{impl#1}::f")),
        ("_ZN4mine4area17h0E", Where("_ZN4mine4area17h0E", Kind.RUST_FUNCTION, "_ZN4mine4area17h0E")),
        ("/crate::.*x/", Where("/crate::.*x/", Kind.RUST_PATTERN, "crate::.*x")),
        ("src/lib.rs:12", Where("src/lib.rs:12", Kind.NATIVE_LINE, file="src/lib.rs", line=12)),
        ("ext/part.cpp:1", Where("ext/part.cpp:1", Kind.NATIVE_LINE, file="ext/part.cpp", line=1)),
        ("script.py:30", Where("script.py:30", Kind.PYTHON_LINE, file="script.py", line=30)),
        (" script.py:30 ", Where("script.py:30", Kind.PYTHON_LINE, file="script.py", line=30)),
        ("/home/a b/ü.py:3", Where("/home/a b/ü.py:3", Kind.PYTHON_LINE, file="/home/a b/ü.py", line=3)),
        ("if if/a.py:3", Where("if if/a.py:3", Kind.PYTHON_LINE, file="if if/a.py", line=3)),
        ("t.py::f", Where("t.py::f", Kind.PYTHON_FUNCTION, "f", file="t.py")),
        ("t.py::A::b", Where("t.py::A::b", Kind.PYTHON_FUNCTION, "A.b", file="t.py")),
        ("t.py::A.b", Where("t.py::A.b", Kind.PYTHON_FUNCTION, "A.b", file="t.py")),
        ("pkg.mod:A.b", Where("pkg.mod:A.b", Kind.PYTHON_FUNCTION, "A.b", module="pkg.mod")),
    ],
)
def test_a_place(text: str, expected: Where) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "place", "condition"),
    [
        ("a::b if n > 3", "a::b", "n > 3"),
        ("src/lib.rs:12 if x == 1", "src/lib.rs:12", "x == 1"),
        ("script.py:30 if 'a' if b else c", "script.py:30", "'a' if b else c"),
        ("/x/ if y", "/x/", "y"),
        ("what if/t.py:3 if n", "what if/t.py:3", "n"),
    ],
)
def test_a_condition_stands_behind(text: str, place: str, condition: str) -> None:
    found = parse(text)
    assert (found.text, found.condition) == (place, condition)


@pytest.mark.parametrize(
    ("text", "message", "cause"),
    [
        ("", "an empty text is no place", "it is one of"),
        ("x.py:0", "is no place", "lines count from 1"),
        ("x.rs:-1", "is no place", "lines count from 1"),
        ("x.txt:3", "is no place", "the language of x.txt is not known"),
        ("lib.rs", "is no place", "lib.rs:30"),
        ("json.loads", "is no place", "json:loads"),
        ("/(/", "is no regular expression", "Python's syntax"),
        ("a b", "is no place", "it is one of"),
        ("a::", "is no place", "it is one of"),
        ("a<b", "is no place", "it is one of"),
        ("a>b<", "is no place", "it is one of"),
        ("some words <b>", "is no place", "it is one of"),
        ("t.py::1", "is no place", "it is one of"),
        ("a\nb", "control characters", "it is one of"),
        ("a" * (LIMIT + 1), "longer than a line", "it is one of"),
    ],
)
def test_what_is_no_place_is_told_with_the_forms_there_are(text: str, message: str, cause: str) -> None:
    with pytest.raises(UsageError, match=message) as raised:
        parse(text)
    assert cause in raised.value.cause
    assert raised.value.command.startswith("pyo3ops debug breakpoint ")


PIECES = st.sampled_from(
    ["::", ":", "/", ".py", ".rs", "12", "a", " if ", "<", ">", " as ", "{", ".", "(", "*", "ü", " "]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60))
def test_any_text_is_a_place_or_refused(text: str) -> None:
    try:
        found = parse(text)
    except UsageError:
        return
    assert found.text
    assert parse(found.text) == Where(found.text, found.kind, found.name, found.file, found.line, found.module)


def test_a_long_text_is_read_in_no_time() -> None:
    started = time.perf_counter()
    for text in ("! if " * 800, "<" * 4000, "a::" * 1300, "a." * 2000 + ":", "::" * 2000, "x.py" + "::a" * 1300):
        with pytest.raises(UsageError):
            parse(f"{text}?")
    assert time.perf_counter() - started < 5
