"""Names of Rust symbols, against what rustc-demangle makes of them, and whatever else comes in."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.stacks import demangle_v0
from pyo3ops.stacks.demangle import LONGEST, demangled, in_text, is_mangled

FIXTURE = Path(__file__).parents[2] / "data/stacks/demangle.tsv"
ROWS = [tuple(line.split("\t")) for line in FIXTURE.read_text("utf-8").splitlines()]
SYMBOLS = [symbol for symbol, _ in ROWS]
V0 = [symbol for symbol in SYMBOLS if symbol.startswith("_R")]
#: What rustc-demangle keeps of what is behind a symbol, and we do not.
APPENDED = re.compile(r"(?:\.(?:cold|llvm|warm|\d+)(?:\.\d+)?)+$")


def test_real_symbols_are_named_as_rustc_demangle_names_them() -> None:
    assert len(ROWS) >= 500
    assert len(V0) >= 200
    wrong = [(symbol, demangled(symbol), said) for symbol, said in ROWS if demangled(symbol) != APPENDED.sub("", said)]
    assert wrong == []
    assert [name for name in map(demangled, SYMBOLS) if is_mangled(name)] == []


def test_c_filt_names_them_alike() -> None:
    if shutil.which("c++filt") is None:
        pytest.skip("c++filt is not here")
    argv = ["c++filt", "--format=rust"]
    text = "\n".join(V0)
    said = subprocess.run(argv, input=text, check=True, capture_output=True, text=True, encoding="utf-8").stdout
    wrong = [(s, demangled(s), c) for s, c in zip(V0, said.splitlines()) if _comparable(demangled(s)) != _comparable(c)]
    # Its characters are not those of Rust.
    assert [each for each in wrong if ": char" not in each[2]] == []


def _comparable(name: str) -> str:
    """Without disambiguators and the types of constants, which c++filt has."""
    bare = re.sub(r"(?<=\w)\[[0-9a-f]{1,16}\]", "", APPENDED.sub("", name))
    return re.sub(r"(?<=\w): (?:usize|isize|bool|[iu](?:8|16|32|64|128))\b", "", bare)


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("_RNvC6_123foo3bar", "123foo::bar"),
        ("_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y", "utf8_idents::საჭმელად_გემრიელი_სადილი"),
        ("_RNvCs1_5crateu5_3xyz", "_RNvCs1_5crateu5_3xyz"),
        ("_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_", "cc::spawn::{closure#0}::{closure#0}"),
        (
            "_RINbNbCskIICzLVDPPb_5alloc5alloc8box_freeDINbNiB4_5boxed5FnBoxuEp6OutputuEL_ECs1iopQbuBiw2_3std",
            "alloc::alloc::box_free::<dyn alloc::boxed::FnBox<(), Output = ()>>",
        ),
        ("_RMC0INtC8arrayvec8ArrayVechKj7b_E", "<arrayvec::ArrayVec<u8, 123>>"),
        ("_RMCs4fqI2P2rA04_13const_genericINtB0_8UnsignedKhb_E", "<const_generic::Unsigned<11>>"),
        ("_RMCs4fqI2P2rA04_13const_genericINtB0_6SignedKan98_E", "<const_generic::Signed<-152>>"),
        ("_RMCs4fqI2P2rA04_13const_genericINtB0_4BoolKb1_E", "<const_generic::Bool<true>>"),
        ("_RMCs4fqI2P2rA04_13const_genericINtB0_4CharKc76_E", "<const_generic::Char<'v'>>"),
        ("_RMCs4fqI2P2rA04_13const_genericINtB0_4CharKca_E", "<const_generic::Char<'\\n'>>"),
        ("_RMCs4fqI2P2rA04_13const_genericINtB0_4CharKc2202_E", "<const_generic::Char<'\u2202'>>"),
        (
            "_RMCs4fqI2P2rA04_13const_genericINtB0_8UnsignedKo100000000000000000_E",
            "<const_generic::Unsigned<0x100000000000000000>>",
        ),
        ("_RIC0Ke616263_E", '::<{*"abc"}>'),
        ("_RIC0KRe616263_E", '::<"abc">'),
        ("_RIC0KRh1_E", "::<{&1}>"),
        ("_RIC0KAh1_h2_EE", "::<{[1, 2]}>"),
        ("_RIC0KTh1_EE", "::<{(1,)}>"),
        ("_RIC0KVNtC3foo3BarUE", "::<{foo::Bar}>"),
        ("_RIC0KVNtC3foo3BarTh1_EE", "::<{foo::Bar(1)}>"),
        ("_RIC0KVNtC3foo3BarS1xh1_EE", "::<{foo::Bar { x: 1 }}>"),
        ("_RIC0FG_RL0_hEuE", "::<for<'a> fn(&'a u8)>"),
        ("_RIC0FUKCPhEzE", '::<unsafe extern "C" fn(*const u8) -> !>'),
        ("_RIC0FK14rust_intrinsicEuE", '::<extern "rust-intrinsic" fn()>'),
        ("_RIC0ThEL_E", "::<(u8,), '_>"),
        ("_RNvC3foo3bar.llvm.1234567890", "foo::bar"),
        ("RNvC3foo3bar", "foo::bar"),
        ("__RNvC3foo3bar", "foo::bar"),
    ],
)
def test_v0(symbol: str, name: str) -> None:
    assert demangled(symbol) == name


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("_ZN4core3ptr13drop_in_place17h0123456789abcdefE", "core::ptr::drop_in_place"),
        (
            "_ZN4core3ptr85drop_in_place$LT$std..rt..lang_start$LT$$LP$$RP$$GT$..$u7b$$u7b$closure$u7d$$u7d$$GT$17h0123456789abcdefE",
            "core::ptr::drop_in_place<std::rt::lang_start<()>::{{closure}}>",
        ),
        (
            "_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$3bar17h930b740aa94f1d3aE",
            "<Test + 'static as foo::Bar<Test>>::bar",
        ),
        ("_ZN3foo3bar17h05af221e174051e9E.llvm.4F6A", "foo::bar"),
        ("_ZN3foo3bar17h05af221e174051e9E.cold", "foo::bar"),
        ("_ZN3foo3barEv", "_ZN3foo3barEv"),
        ("_ZNSt6vectorIiE3fooEv", "_ZNSt6vectorIiE3fooEv"),
        ("_ZN12test$RF$test4foobE", "test&test::foob"),
        ("_ZN3foo", "_ZN3foo"),
        ("_ZN99999foo3barE", "_ZN99999foo3barE"),
        ("_ZN3foo2$u1b$E", "_ZN3foo2$u1b$E"),
        ("_ZN3foo5$u1b$E", "foo::$u1b$"),
    ],
)
def test_legacy(symbol: str, name: str) -> None:
    assert demangled(symbol) == name


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("matrix::called::h9e6b03cfc1346f85", "matrix::called"),
        ("core::ptr::drop_in_place$LT$T$GT$::h9e6b03cfc1346f85", "core::ptr::drop_in_place<T>"),
        ("core[c1f1a4ba060b9bfa]::ptr::read", "core::ptr::read"),
        ("<core[c1f1]::A as std[12ab]::B>::c", "<core::A as std::B>::c"),
        ("_PyEval_EvalFrameDefault.cold", "_PyEval_EvalFrameDefault"),
        ("_PyEval_EvalFrameDefault.constprop.0.isra.1", "_PyEval_EvalFrameDefault"),
        ("PyObject_Call", "PyObject_Call"),
        ("foo[3]::bar", "foo::bar"),
        ("<[u8]>::len", "<[u8]>::len"),
        ("", ""),
    ],
)
def test_what_others_left(said: str, name: str) -> None:
    assert demangled(said) == name


def test_symbols_in_a_text() -> None:
    text = "at _RNvC3foo3bar (in _ZN3foo3bar17h05af221e174051e9E), not in my_RNvC3foo3bar or _Z3foov."
    assert in_text(text) == "at foo::bar (in foo::bar), not in my_RNvC3foo3bar or _Z3foov."
    assert is_mangled(text)
    assert not is_mangled(in_text(text))


def bomb(levels: int) -> str:
    """Each level a tuple of twice the one before it, by back references."""
    text, start = "IC0Thh", 3
    for _ in range(levels):
        place = len(text) + 1
        text, start = f"{text}ETB{_base_62(start)}B{_base_62(start)}", place
    return f"_R{text}EE"


def _base_62(value: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    high, low = divmod(value - 1, 62)
    return f"{digits[high] if high else ''}{digits[low]}_"


@pytest.mark.parametrize(
    "symbol",
    [
        bomb(3),
        bomb(30),
        bomb(90),
        "_R" + "NvB" * 3000,
        "_RIC0" + "R" * 5000 + "hE",
        "_RIC0" + "T" * 5000,
        "_RIC0F" + "G" + "z" * 10 + "_EuE",
        "_RIC0FGzzz_EuE",
        "_RNvC3foou9999_" + "a" * 9000,
        "_RIC0Kj" + "f" * 9000 + "_E",
        "_ZN" + "1a" * 8000 + "E",
        "_ZN" + "9" * 9000,
        "$u" * 8000,
        "::h" * 8000,
        "_RNvC" * 3000,
        "a[1]" * 4000,
        "." * 16000,
        ".cold" * 3000 + "x",
        "x" * (LONGEST + 1),
    ],
)
def test_no_symbol_takes_long(symbol: str) -> None:
    started = time.perf_counter()
    assert len(demangled(symbol)) <= 2 * max(len(symbol), 10000)
    assert len(in_text(symbol)) <= 2 * max(len(symbol), 10000)
    assert time.perf_counter() - started < 2


@given(st.text())
def test_nothing_raises(text: str) -> None:
    assert isinstance(demangled(text), str)
    assert isinstance(in_text(text), str)
    assert isinstance(is_mangled(text), bool)


@given(st.text(alphabet="CNMXYIBTRQPOASFDWKLGUEepuhvs0123_abxyz", max_size=60))
def test_nothing_raises_on_what_looks_like_v0(text: str) -> None:
    demangle_v0.demangled(f"_R{text}")
    demangle_v0.demangled(f"_RNv{text}")
    demangle_v0.demangled(f"_RIC0{text}E")


@given(st.sampled_from(V0), st.integers(0, 400), st.text(alphabet="CNMXYIBTRQPOKLGUEeu09_az", max_size=4))
def test_nothing_raises_on_what_was_a_symbol(symbol: str, at: int, instead: str) -> None:
    demangled(symbol[:at])
    demangled(symbol[:at] + instead + symbol[at + len(instead) :])


@given(st.sampled_from(SYMBOLS), st.text(alphabet=" ,()'\"`\n", min_size=1, max_size=3))
def test_a_symbol_is_found_in_any_text(symbol: str, around: str) -> None:
    assert in_text(f"{around}{symbol}{around}") == f"{around}{demangled(symbol)}{around}"


def test_a_name_that_is_too_long_to_be_demangled_has_no_hashes() -> None:
    # gdb gave such a one for a rayon job in the wheel of tokenizers 0.23.
    job = "<rayon_core[e20b117c96b94ca0]::latch::LockLatch>::with::<" + "tokenizers[5e01c99b1780ed28]::PyModel, " * 500
    assert len(job) > LONGEST
    assert demangled(job) == job.replace("[e20b117c96b94ca0]", "").replace("[5e01c99b1780ed28]", "")
