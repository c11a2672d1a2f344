"""What binutils' addr2line and LLVM's symbolizer print of the same addresses of an extension module."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pyo3ops.stacks.model import Frame, Language
from pyo3ops.stacks.readers.addr2line import parse

LLVM = """\
0x2b930
black_box<*mut u64>
/rustc/59807616/library/core/src/hint.rs:491
_ZN17debugging_example5crash10null_write17h8eb5ed66b3744cd4E
/src/crash.rs:13 (discriminator 14)
0x5
??
??:0
"""
BINUTILS = """\
0x000000000002bbe0
_ZN17debugging_example5crash25__pyfunction_double_panic17ha11880f1950667d7E
/größe/crash.rs:107
0x0000000000000005
??
??:?
0x0000000000000006
main
??:0
"""


def test_inlined_calls_come_before_the_function() -> None:
    symbol = "_ZN17debugging_example5crash10null_write17h8eb5ed66b3744cd4E"
    assert parse(LLVM) == {
        0x2B930: (
            Frame("black_box<*mut u64>", Language.RUST, "/rustc/59807616/library/core/src/hint.rs", 491, inlined=True),
            Frame("debugging_example::crash::null_write", Language.RUST, "/src/crash.rs", 13, symbol=symbol),
        )
    }


def test_what_is_not_known_is_left_out() -> None:
    found = parse(BINUTILS)
    assert sorted(found) == [6, 0x2BBE0]
    assert (found[6][0].function, found[6][0].file, found[6][0].line) == ("main", None, None)
    assert (found[0x2BBE0][0].file, found[0x2BBE0][0].line) == ("/größe/crash.rs", 107)


@given(st.text(alphabet="0x1a?:\n (d", max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert all(frames for frames in parse(text).values())
