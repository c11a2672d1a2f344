from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.debug.breakpoints import rust_names, where
from pyo3ops.debug.breakpoints.rust_names import Function, plain

LIBRARY = Path("extension.so")
KNOWN = tuple(
    Function(path, f"_ZN{number}", LIBRARY)
    for number, path in enumerate(
        (
            "mine::through",
            "mine::parts::parse",
            "mine::parts::parse_all",
            "mine::parts::__pyfunction_parse",
            "mine::Shape::area",
            "other::parse",
            "std::panicking::rust_panic_with_hook",
            "__rustc::rust_panic",
            "core::str::parse",
        )
    )
)


def resolved(text: str, known: tuple[Function, ...] = KNOWN, libraries: tuple[Path, ...] = ()) -> rust_names.Resolved:
    return rust_names.resolve(where.parse(text), known, libraries)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a::b", "a::b"),
        ("<a::B<u8>>::c::<d>", "a::B::c"),
        ("<a::B as x::T<u8>>::c", "a::B::c"),
        ("<&a::B as x::T>::c", "a::B::c"),
        ("a::f::{closure#0}", "a::f::{closure#0}"),
        ("a::f::<fn() -> u8>", "a::f"),
        ("<<a as b::C>::D as e::F>::g", "<a as b::C>::D::g"),
        ("<", "<"),
        ("a::<b", "a"),
        (">>>", ">>>"),
    ],
)
def test_a_path_without_generics(path: str, expected: str) -> None:
    assert plain(path) == plain(expected)


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("mine::through", ("mine::through",)),
        ("through", ("mine::through",)),
        ("parse", ("mine::parts::parse", "other::parse", "core::str::parse")),
        ("parts::parse", ("mine::parts::parse",)),
        ("Shape::area", ("mine::Shape::area",)),
        ("<mine::Shape as Any>::area", ("mine::Shape::area",)),
        ("/parse/", ("mine::parts::parse", "mine::parts::parse_all", "other::parse")),
        ("/^core::.*parse/", ("core::str::parse",)),
        ("/__pyfunction_/", ("mine::parts::__pyfunction_parse",)),
    ],
)
def test_names_stand_for_functions(text: str, paths: tuple[str, ...]) -> None:
    found = resolved(text)
    assert found.paths == paths
    assert found.symbols == tuple(each.symbol for each in KNOWN if each.path in paths)


def test_what_is_near_is_told() -> None:
    with pytest.raises(UsageError, match="no Rust function is called mine::parts::prase") as raised:
        resolved("mine::parts::prase", libraries=(LIBRARY,))
    assert raised.value.cause.startswith("near it: mine::parts::parse")
    assert "mine::parts::parse" in raised.value.command
    with pytest.raises(UsageError) as raised:
        resolved("zzzzzz", libraries=(LIBRARY,))
    assert raised.value.cause == "none of 9 functions in extension.so is called so"
    with pytest.raises(UsageError) as raised:
        resolved("zzzzzz", (), (LIBRARY,))
    assert "has no symbol table" in raised.value.cause


def test_a_pattern_that_finds_nothing_or_too_much() -> None:
    with pytest.raises(UsageError, match="finds no Rust function") as raised:
        resolved("/nothing/", libraries=(LIBRARY,))
    assert "none of 9 functions" in raised.value.cause
    with pytest.raises(UsageError, match="finds no Rust function") as raised:
        resolved("/nothing/", ())
    assert "no Rust extension was found" in raised.value.cause
    many = tuple(Function(f"mine::f{number}", f"_ZN{number}", LIBRARY) for number in range(201))
    with pytest.raises(UsageError, match="finds 201 functions"):
        resolved("/f/", many)


def test_what_may_come_later_is_waited_for() -> None:
    assert resolved("any::thing", ()).doubt == "no extension that has it was found before the program began"
    found = resolved("elsewhere::thing", libraries=(LIBRARY,))
    assert (found.paths, found.symbols, found.short) == (("elsewhere::thing",), (), None)


def test_a_panic_is_where_every_one_begins() -> None:
    assert rust_names.resolve(where.PANIC, KNOWN, ()).symbols == ("_ZN6",)
    older = tuple(each for each in KNOWN if "hook" not in each.path)
    assert rust_names.resolve(where.PANIC, older, ()).symbols == ("_ZN7",)
    assert rust_names.resolve(where.PANIC, (), ()).short == "rust_panic"


def test_functions_of_what_is_no_rust_library() -> None:
    assert rust_names.functions([Path(sys.executable), Path("/nowhere"), Path(__file__)]) == ()


def test_a_function_knows_its_crate() -> None:
    assert [Function(path, "", LIBRARY).crate for path in ("a::b", "a", "<&a::b>::c")] == ["a", "a", "a"]
