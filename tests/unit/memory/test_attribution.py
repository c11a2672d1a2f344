from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pyo3ops.memory.attribution import Owner, made_by_python, own_part, shown, written_at
from pyo3ops.stacks.model import Frame
from pyo3ops.tools.crates import Package

LIBRARY = "/venv/lib/python3.13/site-packages/a/a.so"
OWNER = Owner(frozenset({LIBRARY}), Path("/project"))
MALLOC = Frame("malloc", module="/usr/libexec/valgrind/vgpreload_memcheck-amd64-linux.so")
STD = Frame("from_elem<u8>", file="/rustc/59807616/library/alloc/src/vec/mod.rs", line=9, module=LIBRARY, inlined=True)
WRITTEN = Frame("leak", file="/project/src/lib.rs", line=3, module=LIBRARY, inlined=True)
WRAPPER = Frame("a::__pyfunction_leak", file="/project/src/lib.rs", line=2, module=LIBRARY)
GLUE = Frame(
    "trampoline", file="/home/user/.cargo/registry/src/index/pyo3-0.29.3/src/impl_/trampoline.rs", module=LIBRARY
)
CALL = Frame("cfunction_vectorcall", module="/opt/python/lib/libpython3.13.so.1.0")
EVAL = Frame("_PyEval_EvalFrameDefault", module="/opt/python/lib/libpython3.13.so.1.0")
UNICODE = Frame("PyUnicode_New", module="/opt/python/lib/libpython3.13.so.1.0")


def test_the_own_part_ends_before_python_runs_again() -> None:
    stack = (MALLOC, STD, WRITTEN, WRAPPER, GLUE, CALL, EVAL, CALL, EVAL)
    assert own_part(stack, OWNER) == (MALLOC, STD, WRITTEN, WRAPPER, GLUE)
    # One that was called back from Rust belongs to the inner call.
    assert own_part((*stack, GLUE, WRAPPER), OWNER) == (MALLOC, STD, WRITTEN, WRAPPER, GLUE)


def test_what_python_allocated_for_a_call_from_rust_is_the_callers() -> None:
    assert own_part((MALLOC, UNICODE, WRITTEN, GLUE, EVAL), OWNER) == (MALLOC, UNICODE, WRITTEN, GLUE)
    stack = (MALLOC, UNICODE, EVAL, CALL, WRITTEN, WRAPPER, EVAL)
    assert own_part(stack, OWNER) == (MALLOC, UNICODE, EVAL, CALL, WRITTEN, WRAPPER)


def test_a_stack_without_the_library_is_not_the_projects() -> None:
    assert own_part((MALLOC, UNICODE, EVAL), OWNER) == ()
    assert written_at((MALLOC, UNICODE, EVAL), OWNER) is None
    other = Frame("leak", file="/project/src/lib.rs", module="/venv/lib/python3.13/site-packages/b/b.so")
    assert own_part((MALLOC, other), OWNER) == ()


def test_the_place_is_the_innermost_that_somebody_wrote() -> None:
    assert written_at((MALLOC, STD, WRITTEN, WRAPPER, GLUE), OWNER) == WRITTEN
    assert written_at((MALLOC, GLUE), OWNER) == GLUE


@pytest.mark.parametrize("function", ["", "{closure#0}", "a::leak::{{closure}}", "{impl#3}"])
def test_a_function_without_a_name_is_called_after_the_one_around_it(function: str) -> None:
    nameless = Frame(function, file="/project/src/lib.rs", line=8, module=LIBRARY, inlined=True)
    assert written_at((MALLOC, STD, nameless, WRITTEN, WRAPPER, GLUE), OWNER) == replace(nameless, function="leak")
    assert written_at((MALLOC, nameless, GLUE), OWNER) == nameless


def test_what_is_shown_leaves_out_how_python_called() -> None:
    stack = (MALLOC, STD, WRITTEN, WRAPPER, GLUE, CALL, EVAL)
    assert shown(stack, OWNER) == (MALLOC, STD, WRITTEN, WRAPPER)
    assert shown((MALLOC, GLUE, CALL), OWNER) == (MALLOC, GLUE)


def test_sources_are_those_below_the_root_that_are_no_dependency() -> None:
    assert OWNER.source(WRITTEN) == "src/lib.rs"
    assert OWNER.source(STD) is None
    assert OWNER.source(CALL) is None
    assert OWNER.source(Frame("f", file="/project/crates/../src/a.rs")) == "src/a.rs"
    vendored = Frame("f", file="/project/.cargo/registry/src/index/pyo3-0.29.3/src/err.rs")
    assert OWNER.source(vendored) is None


def test_links_are_followed_as_the_process_does(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    library = tmp_path / "real/a.so"
    library.touch()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    owner = Owner.of([tmp_path / "link/a.so"], tmp_path / "link")
    assert owner.owns(Frame("f", module=str(library.resolve())))
    assert owner.source(Frame("f", file=f"{library.resolve().parent}/src/lib.rs")) == "src/lib.rs"


def test_what_python_made_is_told_from_what_other_extensions_left_behind() -> None:
    assert made_by_python((MALLOC, UNICODE, EVAL, CALL))
    libc = Frame("strdup", module="/usr/lib/x86_64-linux-gnu/libc.so.6")
    static = Frame("PyUnicode_New", module="/usr/bin/python3.11")
    assert made_by_python((MALLOC, libc, static, EVAL))
    readline = Frame(
        "setup_readline", module="/opt/python/lib/python3.8/lib-dynload/readline.cpython-38-x86_64-linux-gnu.so"
    )
    assert not made_by_python((MALLOC, libc, readline, CALL, EVAL))
    assert not made_by_python((MALLOC, Frame("_dl_map_object_deps", module="/usr/lib/ld-linux-x86-64.so.2"), EVAL))
    assert not made_by_python((MALLOC, UNICODE))
    assert not made_by_python((MALLOC, Frame("", module=None), EVAL))


def test_what_another_library_did_for_python_code_is_not_the_callers() -> None:
    other = Frame("PyArray_NewFromDescr", module="/venv/lib/python3.13/site-packages/numpy/_core/a.so")
    assert own_part((MALLOC, other, CALL, EVAL, CALL, WRITTEN, WRAPPER, EVAL), OWNER) == ()
    # What it did for the owner itself is the owner's.
    assert own_part((MALLOC, other, WRITTEN, WRAPPER, EVAL), OWNER) == (MALLOC, other, WRITTEN, WRAPPER)
    # A module of the standard library is Python.
    decimal = Frame("PyDecType_New", module="/opt/python/lib/python3.13/lib-dynload/_decimal.cpython-313-x.so")
    stack = (MALLOC, decimal, EVAL, CALL, WRITTEN, WRAPPER)
    assert own_part((*stack, EVAL), OWNER) == stack


def test_crates_beside_the_root_are_the_projects_and_vendored_ones_below_it_are_not() -> None:
    owner = Owner.of(
        [],
        Path("/work/crates/py"),
        [
            Package("own", "own", Path("/work/crates/own"), own=True),
            Package("serde", "serde", Path("/work/crates/py/vendor/serde"), own=False),
        ],
    )
    assert owner.source(Frame("f", file="/work/crates/own/src/lib.rs")) == "../own/src/lib.rs"
    assert owner.source(Frame("f", file="/work/crates/py/src/lib.rs")) == "src/lib.rs"
    assert owner.source(Frame("f", file="/work/crates/py/vendor/serde/src/lib.rs")) is None
    assert owner.source(Frame("f", file="/work/crates/other/src/lib.rs")) is None
    generated = "/work/crates/py/target/release/build/own-0123456789abcdef/out/tables.rs"
    assert owner.source(Frame("f", file=generated)) is None
