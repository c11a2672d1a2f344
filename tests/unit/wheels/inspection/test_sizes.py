from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pyo3ops.tools import elf
from pyo3ops.wheels.inspection import sizes

from .made import linux, wheel

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("symbol", "crate"),
    [
        # As rustc 1.95 wrote them.
        ("_ZN4core3ptr42drop_in_place$LT$alloc..string..String$GT$17h0123456789abcdefE", "core"),
        ("_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$8grow_one17h5a58ef0c7c62e9e4E", "alloc"),
        ("_ZN58_$LT$alloc..string..String$u20$as$u20$core..fmt..Debug$GT$3fmt17h1c02b1eb3a43a3c9E", "alloc"),
        ("_ZN4_$LT$T$u20$as$u20$rpds..Thing$GT$3new17h1c02b1eb3a43a3c9E".replace("_ZN4_", "_ZN33_"), "rpds"),
        ("_ZN42_$LT$$RF$T$u20$as$u20$core..fmt..Display$GT$3fmt17h1c02b1eb3a43a3c9E", "core"),
        ("_ZN3std2io5stdio6_print17h0ec3b9dbd5c8e0d6E.llvm.1234", "std"),
        ("_RNvCs1234_7mycrate3foo", "mycrate"),
        ("_RNvMs_NtCs1234_7mycrate3barNtB4_3Foo3new", "mycrate"),
        ("_RNvXs0_NtCslWKjbRFJPpS_5alloc6stringNtB5_6StringNtNtCs_4core3fmt7Display3fmt", "alloc"),
        ("_RINvNtCs_4core3ptr13drop_in_placeNtCs1_7mycrate3FooEB4_", "core"),
        ("_ZNSt6vectorIiSaIiEE9push_backEOi", ""),
        ("_ZN3foo3barEv", ""),
        ("memcpy", ""),
        ("", ""),
        ("_R", ""),
        ("_ZN", ""),
        ("_RC99999999x", "x"),
    ],
)  # fmt: skip
def test_the_crate_of_a_symbol(symbol: str, crate: str) -> None:
    assert sizes.crate_of(symbol) == crate


def test_sections() -> None:
    many = tuple((f".s{number:02}", 100 + number) for number in range(20))
    (table,) = sizes.tables(wheel(linux(sections=many)))
    assert table.title == "Sections in pkg-1.0-cp313-cp313-manylinux_2_17_x86_64.whl"
    assert len(table.rows) == sizes.MOST_ROWS + 1
    assert table.rows[0][1:3] == (".s19", 119)
    assert table.rows[-1] == ("5 more", "", 100 + 101 + 102 + 103 + 104, 23.3)


def test_crates(monkeypatch: pytest.MonkeyPatch) -> None:
    symbols = (("_RNvCs1234_7mycrate3foo", 300), ("_RNvCs1234_7mycrate3bar", 100), ("memcpy", 100))
    monkeypatch.setattr(elf, "symbol_sizes", lambda _: symbols)
    _, table = sizes.tables(wheel(linux(has_symbols=True), linux("pkg/other.abi3.so")))
    assert table.rows == (("mycrate", 400, 80.0), ("(C and others)", 100, 20.0))
    assert table.note.endswith("Stripped, and not counted: pkg/other.abi3.so.")


def test_nothing_compiled(tmp_path: Path) -> None:
    assert list(sizes.tables(wheel(files={"a.py": ""}, folder=tmp_path))) == []
