"""Closures named by the types of their callers."""

from __future__ import annotations

import time

from pyo3ops.stacks.closures import named
from pyo3ops.stacks.model import Frame, Language


def names(*functions: str) -> list[str]:
    return [frame.function for frame in named(tuple(Frame(each, Language.RUST) for each in functions))]


def test_a_closure_is_named_by_its_caller_s_type() -> None:
    assert names("{closure#0}", "detach<usize, a::work::{closure_env#0}>")[0] == "a::work::{closure#0}"
    assert names("{closure#1}", "map<a::work::{closure_env#0}, a::work::{closure_env#1}>")[0] == "a::work::{closure#1}"


def test_parameters_tell_which_one_it_is() -> None:
    caller = "do_call<a::outer::{closure_env#0}<a::inner::{closure_env#0}, u8>, u8>"
    assert names("{closure#0}<a::inner::{closure_env#0}, u8>", caller)[0] == (
        "a::outer::{closure#0}<a::inner::{closure_env#0}, u8>"
    )
    assert names("{closure#0}", caller)[0] == "a::inner::{closure#0}"


def test_a_symbol_of_rust_s_library_may_lack_them() -> None:
    functions = (
        "{closure#0}",
        "std::sys::backtrace::__rust_begin_short_backtrace",
        "{closure#0}<a::b::{closure_env#0}>",
    )
    assert names(*functions)[0] == "a::b::{closure#0}"
    assert names("{closure#0}", "a::helper", "map<a::b::{closure_env#0}>")[0] == "{closure#0}"


def test_what_is_not_certain_stays() -> None:
    assert names("{closure#0}", "map<a::b::{closure_env#0}, c::d::{closure_env#0}>")[0] == "{closure#0}"
    assert names("{closure#0}", "call0")[0] == "{closure#0}"
    assert names("{closure#0}") == ["{closure#0}"]
    assert names("a::work::{closure#0}", "map<b::{closure_env#0}>")[0] == "a::work::{closure#0}"
    python = (Frame("{closure#0}", Language.PYTHON), Frame("map<a::b::{closure_env#0}>", Language.RUST))
    assert named(python) == python


def test_long_types_take_no_long_time() -> None:
    started = time.perf_counter()
    names(*["{closure#0}", "map<" + "a::" * 4000 + "{closure_env#0}>", "x" * 20000] * 20)
    names("{closure#0}", "::{closure_env#0}" * 2000)
    assert time.perf_counter() - started < 2
