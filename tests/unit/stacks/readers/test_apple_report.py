"""macOS's reports: texts of our own in the shape that Apple describes, for only macOS writes real ones."""

# ruff: noqa: E501 - lines as they are printed

from __future__ import annotations

import pytest

from pyo3ops.debug.crash import crashes
from pyo3ops.stacks.readers import read

REPORT = """\
Process:               Python [4711]
Crashed Thread:        1

Exception Type:        EXC_BAD_ACCESS (SIGSEGV)
Exception Codes:       KERN_INVALID_ADDRESS at 0x0000000000000008
Termination Reason:    Namespace SIGNAL, Code 11 Segmentation fault: 11
Terminating Process:   exc handler [4711]

VM Region Info: 0x8 is not in any region.  Bytes before following region: 4378329080
      REGION TYPE                    START - END         [ VSIZE] PRT/MAX SHRMOD  REGION DETAIL
--->  __TEXT                      104f7c000-104f80000    [   16K] r-x/r-x SM=COW  ...bin/python

Thread 0::  Dispatch queue: com.apple.main-thread
0   libsystem_kernel.dylib        \t       0x18da4b11c __psynch_cvwait + 8
1   Python                        \t       0x1052c9a00 take_gil + 448

Thread 1 Crashed:: ledger-writer
0   ledger.cpython-312-darwin.so  \t       0x106499bb8 ledger::post::_$LT$impl$GT$::write::h0123456789abcdef + 40 (post.rs:41)
1   ledger.cpython-312-darwin.so  \t       0x1064990cc 0x106490000 + 37068
2   Python                        \t       0x1052c9b00 _PyEval_EvalFrameDefault + 41472

Thread 1 crashed with ARM Thread State (64-bit):
    x0: 0x0000000000000000   x1: 0x0000000000000000
"""


def test_every_thread_and_what_ended_it_are_read() -> None:
    (piece,) = read(REPORT)
    dump = piece.dump
    assert (piece.reader, piece.first_line, piece.last_line) == ("apple_report", 4, 20)
    assert dump.signal is not None
    assert (dump.signal.name, dump.signal.address) == ("SIGSEGV", 8)
    assert [(stack.thread.name, stack.thread.current) for stack in dump.stacks] == [
        ("com.apple.main-thread", False),
        ("ledger-writer", True),
    ]
    leaf, unnamed, _ = dump.stacks[1].frames
    assert (leaf.file, leaf.line, leaf.module) == ("post.rs", 41, "ledger.cpython-312-darwin.so")
    assert (unnamed.function, unnamed.address) == ("", 0x1064990CC)
    (base,) = [module.base for module in dump.modules if module.path == "Python"]
    assert base is None


def test_such_a_report_is_a_crash_with_a_cause() -> None:
    (crash,) = crashes.of(REPORT).crashes
    assert crash.cause.id == "signal.null"
    assert crash.story.frames[0].file == "post.rs"


@pytest.mark.parametrize(
    ("leaf", "cause"),
    [
        ("__pthread_kill + 8\n1   libsystem_c.dylib  0x18da4b120 abort + 148", "signal.abort"),
        ("f + 8", "signal.segfault"),
    ],
)
def test_the_threads_alone_tell_how_it_ended(leaf: str, cause: str) -> None:
    text = f"Thread 0 Crashed::  Dispatch queue: com.apple.main-thread\n0   lib.dylib  0x18da4b11c {leaf}\n"
    (crash,) = crashes.of(text).crashes
    assert crash.cause.id == cause


def test_the_reason_alone_tells_the_signal() -> None:
    (crash,) = crashes.of("Termination Reason:    Namespace SIGNAL, Code 6 Abort trap: 6\n").crashes
    assert crash.story.type == "SIGABRT"


@pytest.mark.parametrize("text", ["Thread 0 Crashed:\nnothing\n", "Exception Type: nothing\n", "Thread 3: is busy\n"])
def test_what_only_begins_like_one_is_none(text: str) -> None:
    assert read(text) == ()
