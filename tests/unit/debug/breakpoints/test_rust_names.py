from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pyo3ops.core.errors import UsageError
from pyo3ops.debug.breakpoints import rust_names, where
from pyo3ops.debug.breakpoints.debug_names import DebugNames
from pyo3ops.debug.breakpoints.rust_names import Function

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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


SHAPES = tuple(
    Function(path, symbol, LIBRARY, name)
    for path, symbol, name in (
        ("mine::Square::area", "_ZN1", "<mine::Square as mine::Area>::area"),
        ("mine::Pair::area", "_ZN2", "<mine::Pair<T> as mine::Area>::area"),
        ("mine::Pair::area", "_ZN3", "<mine::Pair<T> as mine::Area>::area"),
        ("mine::twice", "_ZN4", "mine::twice"),
        ("mine::f::{{closure}}", "_ZN5", "mine::f::{{closure}}"),
        ("mine::f::{{closure}}", "_ZN6", "mine::f::{{closure}}"),
        ("std::thread::area", "_ZN7", "std::thread::area"),
    )
)
WRITTEN = {
    "mine::{impl#0}::area": ("_ZN1",),
    "mine::{impl#1}::area<u8>": ("_ZN2",),
    "mine::{impl#1}::area<f32>": ("_ZN3",),
    "mine::f::{closure#0}": ("_ZN5",),
    "mine::f::{closure#1}": ("_ZN6",),
}


class Debug(DebugNames):
    """Debug information that is given, for what gdb makes of a library is the integration test's."""

    def names(self, libraries: Iterable[Path]) -> tuple[str, ...]:
        return tuple(WRITTEN) if LIBRARY in libraries else ()

    def symbols(self, libraries: Iterable[Path], names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        return {name: WRITTEN[name] for name in names if LIBRARY in libraries}


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        # As symbols have it, and each of them by itself.
        ("<mine::Pair<T> as mine::Area>::area", {"mine::Pair::area": ("_ZN2", "_ZN3")}),
        ("_ZN3", {"mine::Pair::area": ("_ZN3",)}),
        ("/as mine::Area>::area$/", {"mine::Square::area": ("_ZN1",), "mine::Pair::area": ("_ZN2", "_ZN3")}),
        # As debug information has it.
        ("mine::{impl#1}::area<f32>", {"mine::{impl#1}::area<f32>": ("_ZN3",)}),
        ("{impl#0}::area", {"mine::{impl#0}::area": ("_ZN1",)}),
        ("/impl#1.*area/", {name: WRITTEN[name] for name in list(WRITTEN)[1:3]}),
        ("mine::f::{closure#1}", {"mine::f::{closure#1}": ("_ZN6",)}),
        # Only what generics hide is to be told apart.
        ("mine::Pair<i64>::area", {"mine::Pair::area": ("_ZN2", "_ZN3")}),
        (
            "area",
            {"mine::Square::area": ("_ZN1",), "mine::Pair::area": ("_ZN2", "_ZN3"), "std::thread::area": ("_ZN7",)},
        ),
    ],
)
def test_a_name_as_stacks_show_it(text: str, targets: dict[str, tuple[str, ...]]) -> None:
    parsed = where.parse(text) if text != "_ZN3" else where.Where(text, where.Kind.RUST_FUNCTION, text)
    found = rust_names.resolve(parsed, SHAPES, (LIBRARY,), Debug("gdb", {}))
    assert {each.name: each.symbols for each in found.targets} == targets


def test_without_debug_information_a_numbered_block_is_every_type() -> None:
    found = rust_names.resolve(where.parse("mine::{impl#1}::area"), SHAPES, (LIBRARY,))
    assert found.paths == ("mine::Square::area", "mine::Pair::area")


def test_a_closure_that_has_no_code_of_its_own_is_refused() -> None:
    with pytest.raises(UsageError, match="has no code of its own") as raised:
        rust_names.resolve(where.parse("mine::twice::{closure#0}"), SHAPES, (LIBRARY,), Debug("gdb", {}))
    assert "lib.rs:LINE" in raised.value.command


def test_a_pattern_that_finds_nothing_knows_what_is_near() -> None:
    with pytest.raises(UsageError, match="finds no Rust function") as raised:
        rust_names.resolve(where.parse("/mine::Pair::arae$/"), SHAPES, (LIBRARY,))
    assert "near it: mine::Pair::area" in raised.value.cause


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
