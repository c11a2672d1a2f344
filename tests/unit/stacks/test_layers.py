"""Whose code a frame is, and what nobody asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.stacks.layers import Sources, classified, layer_of
from pyo3ops.stacks.model import Dump, Frame, Language, Layer, Stack, Thread

PROJECT = Sources(
    {Path("/p/my-crate"): "my-crate", Path("/p/helper"): "helper"},
    {Path("/p/my-crate/vendor/serde"): "serde"},
    locked=frozenset({"regex"}),
)
NOBODY = Sources({})
REGISTRY = "/home/u/.cargo/registry/src/index-01ab"
RUSTC = "/rustc/59807616e1/library"
OURS = "/venv/site-packages/my_crate.cpython-313-x86_64-linux-gnu.so"
METHODS = "pyo3::impl_::pyclass::PyMethods<polars::A> for pyo3::impl_::pyclass::PyClassImplCollector<polars::A>"
WHEEL = "/venv/site-packages/polars/polars.abi3.so"


def rust(function: str, file: str | None = None, module: str = OURS) -> Frame:
    return Frame(function, Language.RUST, file, 1, module)


@pytest.mark.parametrize(
    ("frame", "layer", "crate"),
    [
        (Frame("f", Language.PYTHON, "/p/a.py"), Layer.PYTHON, None),
        (Frame("page_fault", Language.KERNEL, module="[kernel.kallsyms]"), Layer.KERNEL, None),
        (Frame("clock_gettime", module="[vdso]"), Layer.KERNEL, None),
        (Frame("PyObject_Call", Language.C, "Objects/call.c", 1, "/usr/lib/libpython3.12.so.1.0"), Layer.CPYTHON, None),
        (Frame("main", Language.C, module="/usr/bin/python3.12"), Layer.CPYTHON, None),
        (
            Frame("task_step", module="/usr/lib/python3.12/lib-dynload/_asyncio.cpython-312-x86_64-linux-gnu.so"),
            Layer.CPYTHON,
            None,
        ),
        (Frame("read", module="/lib/x86_64-linux-gnu/libc.so.6"), Layer.LIBC, None),
        (Frame("read", module="/lib/libc-2.31.so"), Layer.LIBC, None),
        (Frame("_dl_start", module="/lib64/ld-linux-x86-64.so.2"), Layer.LIBC, None),
        (Frame("read", module="/lib/ld-musl-x86_64.so.1"), Layer.LIBC, None),
        (Frame("sin", module="/lib/libm.so.6"), Layer.LIBC, None),
        (Frame("_Unwind_Resume", module="/lib/libgcc_s.so.1"), Layer.LIBC, None),
        (Frame("start_thread", module="/lib/libpthread-2.31.so"), Layer.LIBC, None),
        (Frame("curl_easy_perform", module="/lib/libcurl.so.4"), Layer.UNCLASSIFIED, None),
        (Frame("cblas_dgemm", Language.C, module="/venv/numpy/libcblas.so"), Layer.UNCLASSIFIED, None),
        (rust("my_crate::work", "/p/my-crate/src/lib.rs"), Layer.CRATE, "my-crate"),
        (rust("{closure#0}", "/p/my-crate/src/lib.rs"), Layer.CRATE, "my-crate"),
        (rust("helper::help", "/p/helper/src/lib.rs"), Layer.CRATE, "helper"),
        (rust("from_str", "/p/my-crate/vendor/serde/src/de.rs"), Layer.DEPENDENCY, "serde"),
        (rust("find", f"{REGISTRY}/regex-1.11.1/src/lib.rs"), Layer.DEPENDENCY, "regex"),
        (rust("extract", f"{REGISTRY}/pyo3-0.29.3/src/types/list.rs"), Layer.PYO3, "pyo3"),
        (rust("Py_INCREF", f"{REGISTRY}/pyo3-ffi-0.29.3/src/object.rs"), Layer.PYO3, "pyo3-ffi"),
        (rust("my_crate::__pyfunction_work", "/p/my-crate/src/lib.rs"), Layer.PYO3, "my-crate"),
        (rust("push", f"{RUSTC}/alloc/src/vec/mod.rs"), Layer.STD, "alloc"),
        (rust("core::ptr::drop_in_place<my_crate::A>"), Layer.STD, "core"),
        (rust("<my_crate::A as core::fmt::Debug>::fmt"), Layer.CRATE, "my-crate"),
        (rust("<&my_crate::A as core::fmt::Debug>::fmt"), Layer.CRATE, "my-crate"),
        (rust("regex::find"), Layer.DEPENDENCY, "regex"),
        (rust("work", "src/lib.rs"), Layer.CRATE, "my-crate"),
        (rust("work", "src/lib.rs", WHEEL), Layer.UNCLASSIFIED, None),
        (rust("polars_core::join", "crates/polars-core/src/join.rs", WHEEL), Layer.DEPENDENCY, "polars_core"),
        (rust("work", "/elsewhere/src/lib.rs"), Layer.UNCLASSIFIED, None),
        (Frame("__rust_try", module=OURS), Layer.STD, "std"),
        (Frame("rust_begin_unwind", module=OURS), Layer.STD, "std"),
        (Frame("0x1234", module=OURS), Layer.UNCLASSIFIED, None),
        (Frame("0x1234"), Layer.UNCLASSIFIED, None),
        (Frame("std::vector<int>::push_back", Language.C, module="/venv/x.so"), Layer.UNCLASSIFIED, None),
    ],
)
def test_frames_of_a_project(frame: Frame, layer: Layer, crate: str | None) -> None:
    assert layer_of(frame, PROJECT) == (layer, crate)


@pytest.mark.parametrize(
    ("frame", "layer", "crate"),
    [
        (rust("polars_core::join", "crates/polars-core/src/join.rs", WHEEL), Layer.CRATE, "polars_core"),
        (rust("polars::join", None, WHEEL), Layer.CRATE, "polars"),
        # Without a file it may be any of the crates that the wheel was built with.
        (rust("rayon_core::join", None, WHEEL), Layer.UNCLASSIFIED, "rayon_core"),
        (rust("rayon_core::join", f"{REGISTRY}/rayon-core-1.12.1/src/lib.rs", WHEEL), Layer.DEPENDENCY, "rayon-core"),
        # As the wheels of bcrypt 5.0, rpds-py 0.20, cryptography 50 and pycrdt 0.14 have them.
        (
            rust("bcrypt_rust::<impl bcrypt_rust::hashpw::MakeDef>::_PYO3_DEF::trampoline", None, WHEEL),
            Layer.PYO3,
            "bcrypt_rust",
        ),
        (rust(f"polars::<impl {METHODS}>::py_methods::ITEMS::trampoline", None, WHEEL), Layer.PYO3, "polars"),
        (
            rust("<cryptography_rust::backend::kdf::Scrypt>::__pymethod_derive__", None, WHEEL),
            Layer.PYO3,
            "cryptography_rust",
        ),
        (
            rust("<(pycrdt::text::TextEvent,) as pyo3::call::PyCallArgs>::call_positional", None, WHEEL),
            Layer.PYO3,
            "pyo3",
        ),
        (rust("<(usize, a::B<u8>) as pyo3[3c1d]::call::PyCallArgs>::call_positional", None, WHEEL), Layer.PYO3, "pyo3"),
        (rust("polars::trampoline", None, WHEEL), Layer.CRATE, "polars"),
        (rust("<(polars::A, (u8,)) as polars::T>::f", None, WHEEL), Layer.CRATE, "polars"),
        (rust("{closure#0}", "src/lib.rs", WHEEL), Layer.UNCLASSIFIED, None),
        (rust("pyo3::marker::Python::attach", None, WHEEL), Layer.PYO3, "pyo3"),
    ],
)
def test_frames_of_a_wheel_where_no_project_is_known(frame: Frame, layer: Layer, crate: str | None) -> None:
    assert layer_of(frame, NOBODY) == (layer, crate)


def test_a_dump_has_the_layer_of_each_frame() -> None:
    frames = (rust("my_crate::work", "/p/my-crate/src/lib.rs"), Frame("f", Language.PYTHON, "/p/a.py"))
    dump = classified(Dump((Stack(Thread(1), frames), Stack(Thread(2), frames[:1]))), PROJECT)
    assert [[frame.layer for frame in stack.frames] for stack in dump.stacks] == [
        [Layer.CRATE, Layer.PYTHON],
        [Layer.CRATE],
    ]
    assert dump.stacks[0].frames[0].crate == "my-crate"


def test_an_inlined_function_is_of_the_crate_that_others_in_its_file_are_of() -> None:
    file = "/elsewhere/src/lib.rs"
    bare, whole = Frame("work", Language.RUST, file, 1, WHEEL, inlined=True), rust("wheel::other", file, WHEEL)
    dump = classified(Dump((Stack(Thread(1), (bare,)), Stack(Thread(2), (whole,)))), NOBODY)
    assert [(stack.frames[0].layer, stack.frames[0].crate) for stack in dump.stacks] == [(Layer.CRATE, "wheel")] * 2
    # Two crates in one file: it is a macro's, or an include!.
    mixed = (bare, whole, rust("helper::other", file, WHEEL))
    assert classified(Dump((Stack(Thread(1), mixed),)), NOBODY).stacks[0].frames[0].layer is Layer.UNCLASSIFIED


def test_what_several_threads_have_is_told_once() -> None:
    def frames() -> tuple[Frame, ...]:
        return (Frame("my_crate::work", Language.RUST, line=3), Frame("my_crate::work", Language.RUST, line=4))

    stacks = classified(Dump(tuple(Stack(Thread(tid), frames()) for tid in (1, 2))), Sources({})).stacks
    assert all(one is other for one, other in zip(stacks[0].frames, stacks[1].frames))
    assert [frame.line for frame in stacks[0].frames] == [3, 4]


BUILT = "/tmp/python-build.20260509073628.234/Python-3.13.0"  # noqa: S108 - as pyenv builds


@pytest.mark.parametrize(
    ("frame", "layer"),
    [
        (Frame("run_mod", Language.C, f"{BUILT}/Python/pythonrun.c"), Layer.CPYTHON),
        (Frame("helper", Language.C, f"{BUILT}/./Include/internal/pycore_call.h"), Layer.CPYTHON),
        (Frame("pyrun_file"), Layer.CPYTHON),
        (Frame("__libc_start_call_main", Language.C, "./csu/../sysdeps/nptl/libc_start_call_main.h"), Layer.LIBC),
        (Frame("_start"), Layer.LIBC),
        (Frame("start_thread", Language.C, "./nptl/pthread_create.c"), Layer.LIBC),
        (Frame("run_mod", module="/app/other.so"), Layer.UNCLASSIFIED),
        (Frame("my_run_mod"), Layer.UNCLASSIFIED),
        (Frame("run_mod", Language.RUST, "src/run.rs"), Layer.UNCLASSIFIED),
    ],
)
def test_what_was_printed_without_modules_is_told_by_its_file_or_its_name(frame: Frame, layer: Layer) -> None:
    assert layer_of(frame, Sources({}))[0] is layer
