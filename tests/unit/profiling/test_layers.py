from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.profiling.layers import Layer, Sources, charged_layer, own_layer
from pyo3ops.stacks.model import Frame, Language

SOURCES = Sources(
    {Path("/p/my-crate"): "my-crate"}, {Path("/p/my-crate/vendor/serde"): "serde"}, locked=frozenset({"regex", "pyo3"})
)
REGISTRY = "/home/u/.cargo/registry/src/index-01ab"

PYTHON = Frame("main", Language.PYTHON, "/p/a.py")
OWN = Frame("work", Language.RUST, "/p/my-crate/src/lib.rs")
GLUE = Frame("extract", Language.RUST, f"{REGISTRY}/pyo3-0.29.3/src/types/list.rs")
STD = Frame("push", Language.RUST, "/rustc/59807616e1/library/alloc/src/vec/mod.rs", inlined=True)
API = Frame("PyDict_SetItem", module="/usr/lib/libpython3.13.so.1.0")
LOOP = Frame("_PyEval_EvalFrameDefault", module="/usr/bin/python3.13")
LIBC = Frame("memcpy", module="/lib/libc.so.6")
KERNEL = Frame("page_fault", Language.KERNEL, module="[kernel.kallsyms]")


@pytest.mark.parametrize(
    ("frame", "layer"),
    [
        (PYTHON, Layer.PYTHON),
        (API, Layer.PYTHON),
        (LOOP, Layer.PYTHON),
        (OWN, Layer.CRATE),
        (GLUE, Layer.GLUE),
        (STD, Layer.STD),
        (LIBC, Layer.NATIVE),
        (KERNEL, Layer.KERNEL),
        (Frame("__pymethod_map__", Language.RUST, "/p/my-crate/src/lib.rs"), Layer.GLUE),
        (Frame("find", Language.RUST, f"{REGISTRY}/regex-automata-0.4.9/src/a.rs"), Layer.DEPENDENCY),
        (
            Frame("find", Language.RUST, "/home/u/.cargo/git/checkouts/some-crate-0123456789abcdef/abc1234/src/lib.rs"),
            Layer.DEPENDENCY,
        ),
        (Frame("get", Language.RUST, "/rust/deps/hashbrown-0.16.1/src/map.rs"), Layer.STD),
        (Frame("get", Language.RUST, f"{REGISTRY}/hashbrown-0.15.0/src/map.rs"), Layer.DEPENDENCY),
        (
            Frame("f", Language.RUST, "C:\\Users\\u\\.cargo\\registry\\src\\index-01ab\\pyo3-ffi-0.29.3\\src\\a.rs"),
            Layer.GLUE,
        ),
        # Without a file the symbol has to do.
        (Frame("my_crate::work", module="/v/my.so"), Layer.CRATE),
        (Frame("pyo3::impl_::trampoline::trampoline", module="/v/my.so"), Layer.GLUE),
        (Frame("<regex::Regex as core::fmt::Display>::fmt", module="/v/my.so"), Layer.DEPENDENCY),
        (Frame("<alloc::vec::Vec<T> as Drop>::drop", module="/v/my.so"), Layer.STD),
        (Frame("nobody::knows", Language.RUST), Layer.UNCLASSIFIED),
        # Vendored code lies below the project, generated code in the target folder.
        (Frame("f", Language.RUST, "/p/my-crate/vendor/serde/src/lib.rs"), Layer.DEPENDENCY),
        (Frame("f", Language.RUST, "/t/release/build/my-crate-0123456789abcdef/out/a.rs"), Layer.CRATE),
        (Frame("f", Language.RUST, "/t/release/build/zstd-sys-0123456789abcdef/out/a.rs"), Layer.DEPENDENCY),
        # As py-spy and debug information of CPython's own build name its sources.
        (Frame("long_add", Language.C, "Objects/longobject.c", 3), Layer.PYTHON),
        (Frame("long_add", Language.C, "./Modules/_decimal/_decimal.c", 3), Layer.PYTHON),
        (Frame("memcpy", Language.C, "../sysdeps/x86_64/memcpy.c"), Layer.NATIVE),
        (Frame("?"), Layer.UNCLASSIFIED),
    ],
)
def test_the_layer_of_a_frame(frame: Frame, layer: Layer) -> None:
    assert SOURCES.layer(frame) is layer


def test_a_remapped_path_is_the_only_crates() -> None:
    assert SOURCES.layer(Frame("work", Language.RUST, "src/lib.rs")) is Layer.CRATE
    two = Sources({Path("/a"): "a", Path("/b"): "b"})
    assert two.layer(Frame("work", Language.RUST, "src/lib.rs")) is Layer.UNCLASSIFIED


@pytest.mark.parametrize(
    ("stack", "own", "charged"),
    [
        ((PYTHON,), Layer.PYTHON, Layer.PYTHON),
        ((API, LOOP, PYTHON), Layer.PYTHON, Layer.PYTHON),
        # The interpreter's functions are part of a conversion where Rust called them.
        ((API, GLUE, OWN, LOOP, PYTHON), Layer.GLUE, Layer.GLUE),
        ((API, OWN, LOOP, PYTHON), Layer.GLUE, Layer.GLUE),
        # But what Python does that Rust called is Python's.
        ((API, LOOP, PYTHON, GLUE, OWN), Layer.PYTHON, Layer.PYTHON),
        ((STD, OWN, GLUE, PYTHON), Layer.CRATE, Layer.CRATE),
        ((LIBC, STD, OWN, PYTHON), Layer.NATIVE, Layer.CRATE),
        ((KERNEL, LIBC, API, LOOP, PYTHON), Layer.KERNEL, Layer.PYTHON),
        ((LIBC, API, GLUE, PYTHON), Layer.NATIVE, Layer.GLUE),
        ((LIBC,), Layer.NATIVE, Layer.NATIVE),
        ((STD,), Layer.STD, Layer.STD),
        ((), Layer.UNCLASSIFIED, Layer.UNCLASSIFIED),
    ],
)
def test_whose_a_sample_is(stack: tuple[Frame, ...], own: Layer, charged: Layer) -> None:
    assert own_layer(stack, SOURCES) is own
    assert charged_layer(stack, SOURCES) is charged
