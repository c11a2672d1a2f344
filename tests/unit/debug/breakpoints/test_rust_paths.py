from __future__ import annotations

import pytest

from pyo3ops.debug.breakpoints.rust_paths import ends, is_any_closure, is_closure, is_meant, plain, stands_for, tidy


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
    ("name", "expected"),
    [
        ("a::b", "a::b"),
        (" area<f32> (inlined)", "area<f32>"),
        ("a::b::h0123456789abcdef", "a::b"),
        ("_ZN6helper5twice17h8ff782901f19e952E", "helper::twice"),
    ],
)
def test_a_name_out_of_a_stack(name: str, expected: str) -> None:
    assert tidy(name) == expected


@pytest.mark.parametrize(
    ("name", "given", "answer"),
    [
        ("a::b::c", "b::c", True),
        ("a::b::c", "a::b::c", True),
        ("a::bb::c", "b::c", False),
        ("a::{impl#1}::area<f32>", "{impl#1}::area<f32>", True),
        # The older mangling numbers no closure; what numbers them is taken at its word.
        ("a::f::{{closure}}", "f::{closure#7}", True),
        ("a::f::{closure#0}", "f::{closure#7}", False),
    ],
)
def test_the_end_of_a_name_is_enough(name: str, given: str, answer: object) -> None:
    assert ends(name, given) is answer


@pytest.mark.parametrize(
    ("given", "path", "name", "answer"),
    [
        ("a::{impl#1}::area", "a::Pair::area", "<a::Pair<T> as a::Area>::area", True),
        ("{impl#1}::area", "a::Pair::area", "", True),
        # A trait of the crate for a type of another one.
        ("a::{impl#1}::area", "alloc::vec::Vec::area", "<alloc::vec::Vec<T> as a::Area>::area", True),
        ("b::{impl#1}::area", "a::Pair::area", "<a::Pair<T> as a::Area>::area", False),
        # No method of a type.
        ("a::{impl#1}::area", "area", "", False),
        ("a::{impl#1}", "a::b", "", False),
        ("a::b", "x::a::b", "", True),
    ],
)
def test_a_numbered_block_is_any_type(given: str, path: str, name: str, answer: object) -> None:
    assert stands_for(given, path, name) is answer


def test_closures_and_libraries() -> None:
    assert [is_closure(each) for each in ("{closure#0}", "{{closure}}", "closure")] == [True, True, False]
    assert is_any_closure("a::{{closure}}::b")
    assert not is_any_closure("a::{closure#0}")
    assert [is_meant("core::f", each) for each in ("f", "core::f")] == [False, True]
    assert [is_meant("a::__pyfunction_f", each) for each in ("f", "__pyfunction_f")] == [False, True]
