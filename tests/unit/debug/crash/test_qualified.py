from __future__ import annotations

import pytest

from pyo3ops.debug.crash.qualified import qualified
from pyo3ops.stacks.model import Frame, Language

MADE = "fastcall<ledger::accounts::{impl#1}::_PYO3_DEF::Def>"
REGISTRY = "/home/x/.cargo/registry/src/index-0a1b/pyo3-ffi-0.29.3/src"


def rust(function: str, file: str = "src/lib.rs", *, inlined: bool = False) -> Frame:
    return Frame(function, Language.RUST, file, 3, address=4096, inlined=inlined)


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (rust("post", "src/accounts.rs"), "ledger::accounts::post"),
        (rust("post<u8>", "src/accounts/mod.rs"), "ledger::accounts::post"),
        (rust("post", "/srv/ledger/src/lib.rs"), "ledger::post"),
        (rust("__pyfunction_post", "src/lib.rs"), "ledger::accounts::__pyfunction_post"),
        (rust("call", f"{REGISTRY}/impl_/trampoline.rs"), "pyo3_ffi::impl_::trampoline::call"),
        (rust("read", "/rustc/0123/library/core/src/ptr/mod.rs"), "core::ptr::read"),
        # What the debug information has bare on the other side as well, or whose crate nobody tells.
        (rust("post", "src/accounts.rs", inlined=True), "post"),
        (rust("other::post", "src/accounts.rs"), "other::post"),
        (rust("{closure#0}<u8>", "src/accounts.rs"), "{closure#0}<u8>"),
        (rust("post", "/srv/somewhere/src/lib.rs"), "post"),
    ],
)
def test_a_function_is_named_as_by_its_symbol(frame: Frame, name: str) -> None:
    found = qualified((frame, rust(MADE, f"{REGISTRY}/a.rs")))
    assert found[0].function == name


def test_without_addresses_nothing_tells_what_was_inlined() -> None:
    frames = (Frame("post", Language.RUST, "src/accounts.rs", 3), Frame(MADE, Language.RUST, "src/a.rs", 1))
    assert qualified(frames) == frames
