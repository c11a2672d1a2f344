from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.profiling import folding
from pyo3ops.profiling.layers import Layer, Sources
from pyo3ops.stacks.model import Frame, Language

SOURCES = Sources({Path("/p/my-crate"): "my-crate"}, locked=frozenset({"pyo3"}))
PYO3 = "/c/registry/src/i/pyo3-0.29.3/src"


def rust(function: str, file: str, *, inlined: bool = True) -> Frame:
    return Frame(function, Language.RUST, file, inlined=inlined)


def c(function: str) -> Frame:
    return Frame(function, module="/usr/lib/libpython3.13.so.1.0")


STACK = (
    Frame("malloc", module="/lib/libc.so.6"),
    rust("push<T>", "/rustc/0a/library/alloc/src/vec/mod.rs"),
    rust("map", "/p/my-crate/src/expression.rs"),
    rust("call_once<F>", "/rustc/0a/library/core/src/ops.rs"),
    rust("detach<T, F>", f"{PYO3}/marker.rs"),
    rust("trampoline<F>", f"{PYO3}/impl_/trampoline.rs"),
    Frame("my_crate::__pymethod_map__", Language.RUST, "/p/my-crate/src/lib.rs"),
    c("cfunction_call"),
    c("_PyEval_EvalFrameDefault"),
    Frame("inner", Language.PYTHON, "/p/a.py"),
    c("py_trampoline_evaluator"),
    c("PyObject_Vectorcall"),
    Frame("<module>", Language.PYTHON, "/p/a.py"),
    c("Py_RunMain"),
    Frame("__libc_start_main", module="/lib/libc.so.6"),
)


def names(stack: tuple[Frame, ...]) -> list[str]:
    return [call.name for call in folding.folded(stack, SOURCES)]


def test_a_stack_is_told_without_its_passages() -> None:
    assert names(STACK) == [
        "<module> (a.py)",
        "inner (a.py)",
        "my_crate::__pymethod_map__",
        "pyo3::marker::detach",
        "my_crate::expression::map",
        "alloc::vec::push",
        "malloc",
    ]


def test_what_the_leaf_runs_in_is_kept() -> None:
    assert names((c("dict_dealloc"), c("_PyEval_EvalFrameDefault"), *STACK[-6:])) == [
        "<module> (a.py)",
        "inner (a.py)",
        "dict_dealloc",
    ]
    assert names(STACK[5:])[-1] == "pyo3::impl_::trampoline::trampoline"


def test_a_stack_without_anybody_is_kept_whole() -> None:
    assert names(STACK[-2:]) == ["__libc_start_main", "Py_RunMain"]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("alloc::vec::Vec<T,A>::push", "alloc::vec::Vec::push"),
        ("Vec::<u8>::push", "Vec::push"),
        ("<a::B<C> as d::E<F>>::g", "<a::B as d::E>::g"),
        ("call<fn(&str) -> Option<u8>>", "call"),
        ("{closure#0}<F>", "{closure#0}"),
        ("a < b", "a < b"),
        ("operator", "operator"),
    ],
)
def test_type_arguments_are_left_out(name: str, short: str) -> None:
    assert folding.without_arguments(name) == short


def test_a_profile_counts_and_folds() -> None:
    profile = folding.profile_of([(STACK, 2), (STACK[-6:], 1)], SOURCES)
    assert profile.samples == 3
    assert profile.own == {Layer.NATIVE: 2, Layer.PYTHON: 1}
    assert profile.charged == {Layer.CRATE: 2, Layer.PYTHON: 1}
    text = folding.text_of(profile)
    assert text.splitlines()[0] == "<module> (a.py);inner (a.py) 1"
    assert text.splitlines()[1].endswith(";alloc::vec::push;malloc 2")
    rows = {row.name: (row.own, row.total) for row in folding.top(profile)}
    assert rows["malloc"] == (2, 2)
    assert rows["inner (a.py)"] == (1, 3)
    assert next(iter(rows)) == "malloc"


def test_a_recursion_counts_once() -> None:
    frame = Frame("f", Language.PYTHON, "a.py")
    (row,) = folding.top(folding.profile_of([((frame,) * 3, 1)], SOURCES))
    assert (row.own, row.total) == (1, 1)


def test_a_name_cannot_break_the_format() -> None:
    profile = folding.profile_of([((Frame("a;b \n 7", Language.PYTHON),), 1)], SOURCES)
    assert folding.text_of(profile) == "a b 7 1\n"
