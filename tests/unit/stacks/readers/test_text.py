"""Where a message ends, which nothing but what stands around it can tell."""

from __future__ import annotations

import pytest

from pyo3ops.stacks.model import Language
from pyo3ops.stacks.readers import Piece, read, text

HEAD = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\n'


def only(content: str) -> Piece:
    (piece,) = read(content)
    return piece


def message(content: str) -> str:
    exception = only(content).dump.exception
    assert exception
    return exception.message


@pytest.mark.parametrize(
    "after",
    [
        "",
        "\nsomething else",
        "2026-01-01 10:00:00 INFO started again",
        "[2026-01-01T10:00:00Z] started again",
        "INFO:root:started again",
        "Aborted (core dumped)",
        "bash: line 1: 1234 Segmentation fault      (core dumped) python a.py",
        "make: *** [Makefile:2: test] Error 1",
        "make[1]: *** [test] Error 1",
        "##[error]Process completed with exit code 1.",
        "Error: Process completed with exit code 1.",
        "$ echo $?",
        ">>> ",
        "nox > Session tests failed",
        "==== short test summary info ====",
        HEAD + "KeyError: 'k'",
    ],
)
def test_a_message_ends_before_what_others_say(after: str) -> None:
    pieces = read(f"{HEAD}ValueError: the one\nand the other\n{after}\n")
    assert pieces[0].dump.exception
    assert pieces[0].dump.exception.message == "the one\nand the other"
    assert pieces[0].last_line == 5


def test_a_message_before_a_chain_may_have_empty_lines() -> None:
    chain = "During handling of the above exception, another exception occurred:"
    exception = only(f"{HEAD}ValueError: one\n\ntwo\n\n{chain}\n\n{HEAD}KeyError: 'k'\n").dump.exception
    assert exception
    assert exception.origin
    assert (exception.relation, exception.origin.message) == ("context", "one\n\ntwo")


def test_a_panic_message_before_its_note_may_have_empty_lines() -> None:
    panic = (
        "thread 'main' panicked at src/a.rs:1:2:\none\n\ntwo\nnote: run with `RUST_BACKTRACE=1` environment variable"
    )
    assert message(panic) == "one\n\ntwo"


def test_a_message_has_an_end() -> None:
    assert message(HEAD + "ValueError: 0\n" + "more\n" * 1000).count("\n") == text.MESSAGE_LINES


def test_windows_line_ends_are_none_of_the_text() -> None:
    piece = only((HEAD + "ValueError: v\n").replace("\n", "\r\n"))
    assert piece.dump.exception
    assert piece.dump.exception.message == "v"
    assert piece.dump.exception.frames[0].source == "g()"


def test_a_margin_is_not_part_of_it() -> None:
    margin = "        "
    piece = only("".join(f"{margin}{line}\n" for line in f"{HEAD}ValueError: one\ntwo".split("\n")))
    assert piece.dump.exception
    assert (piece.dump.exception.message, piece.dump.exception.frames[0].file) == ("one\ntwo", "a.py")


def test_a_traceback_that_was_cut_off_says_so() -> None:
    piece = only(HEAD)
    assert piece.dump.exception
    assert piece.dump.exception.type == ""
    assert piece.dump.gaps == ("the text ends before the exception is named",)


@pytest.mark.parametrize(
    "line",
    [
        "Traceback (most recent call last):",
        "Traceback (most recent call last):\nnothing of the kind",
        "Exception in thread x:",
        "Exception ignored in: x",
        "#1 is the first",
        "# 0  a comment (here)",
        "#0  no frame",
        "Thread 1 is done",
        "Process 1: nothing",
        "Process 1 stopped",
        "[1, 2]",
        '  File "a.py", line 1',
        "  | a table",
        "thread 'x' is quiet",
        "note: run with care",
        "stack backtrace:",
    ],
)
def test_what_looks_like_a_beginning_alone_is_nothing(line: str) -> None:
    assert read(line) == ()


@pytest.mark.parametrize(
    ("file", "symbol", "language"),
    [
        ("src/lib.rs", None, Language.RUST),
        ("C:\\a\\lib.rs", None, Language.RUST),
        ("a.py", None, Language.PYTHON),
        ("Python/ceval.c", None, Language.C),
        ("clone3.S", None, Language.C),
        ("made.xyz", "_RNvC1a1b", Language.UNKNOWN),
        (None, "_RNvC1a1b", Language.RUST),
        (None, "_ZN4core3fmt5write17h0123456789abcdefE", Language.RUST),
        (None, "core::fmt::write::h0123456789abcdef", Language.RUST),
        (None, "std[e28293b1aa0f68bd]::io::write", Language.RUST),
        (None, "PyEval_EvalCode", Language.UNKNOWN),
        (None, None, Language.UNKNOWN),
    ],
)
def test_a_language_is_told_by_the_file_or_the_symbol(file: str | None, symbol: str | None, language: Language) -> None:
    assert text.language_of(file, symbol) is language


def test_a_signal_that_linux_does_not_have_has_no_number() -> None:
    assert (text.signal_of("SIGSEGV").number, text.signal_of("SIGEMT").number) == (11, 0)


def test_what_stands_for_threads_and_frames_that_are_not_shown_is_told() -> None:
    # As Python/traceback.c writes them: of a free-threaded build, and of a stack that is not sound.
    content = (
        "Fatal Python error: Segmentation fault\n\n"
        "<Cannot show all threads while the GIL is disabled>\n"
        "Stack (most recent call first):\n"
        '  File "a.py", line ??? in f\n'
        "  <invalid frame>\n\n"
        "Extension modules: numpy.core._multiarray_umath, b (total: 2)\n"
    )
    piece = only(content)
    (stack,) = piece.dump.stacks
    assert piece.dump.gaps == ("Cannot show all threads while the GIL is disabled",)
    assert [(seam.at, seam.reason) for seam in stack.seams] == [(1, "invalid frame")]
    assert (stack.frames[0].line, piece.last_line) == (None, 8)


def test_an_inner_frame_of_gdb_without_an_address_is_where_the_one_before_was_inlined() -> None:
    (stack,) = only("#0  0x01 in a () at x.rs:1\n#1  b () at x.rs:2\n#2  0x02 in c () from /lib/d.so\n").dump.stacks
    assert [(frame.function, frame.inlined, frame.address) for frame in stack.frames] == [
        ("a", True, 1),
        ("b", False, 1),
        ("c", False, 2),
    ]


def test_lldb_of_macos_tells_what_the_kernel_raised() -> None:
    head = "* thread #1, queue = 'com.apple.main-thread', stop reason = EXC_BAD_ACCESS (code=1, address=0x10)\n"
    dump = only(head + "  * frame #0: 0x0000000100000f10 a.so`b::c(x=1) at c.rs:2:3 [opt]\n").dump
    assert dump.signal
    assert (dump.signal.name, dump.signal.address) == ("EXC_BAD_ACCESS", 16)
    assert (dump.stacks[0].frames[0].function, dump.stacks[0].frames[0].line) == ("b::c", 2)
