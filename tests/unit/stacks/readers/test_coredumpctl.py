"""systemd's words about a core: texts of our own, for a machine of CI has no systemd that keeps cores."""

# ruff: noqa: E501 - lines as they are printed

from __future__ import annotations

import pytest

from pyo3ops.debug.crash import crashes, owned
from pyo3ops.stacks.readers import read

STACKS = """\
                Stack trace of thread 812:
                #0  0x00007f5c2a8a9e2c _ZN6ledger4post5write17h0123456789abcdefE (ledger.cpython-313-x86_64-linux-gnu.so + 0x2ae2c)
                #1  0x00007f5c2a8aa001 n/a (ledger.cpython-313-x86_64-linux-gnu.so + 0x2b001)
                #2  0x00007f5c2b1f8e60 _PyEval_EvalFrameDefault (libpython3.13.so.1.0 + 0x8e60b)

                Stack trace of thread 815:
                #0  0x00007f5c2a91f117 __futex_abstimed_wait_common (libc.so.6 + 0x91117)
                ELF object binary architecture: AMD x86-64
"""
INFO = f"""\
           PID: 812 (python3)
           UID: 1000 (jo)
        Signal: 11 (SEGV)
  Command Line: python3 post.py --all
    Executable: /usr/bin/python3.13
       Message: Process 812 (python3) of user 1000 dumped core.

                Module ledger.cpython-313-x86_64-linux-gnu.so without build-id.
{STACKS}"""
JOURNAL = f"""\
systemd-coredump[900]: [.] Process 812 (python3) of user 1000 dumped core.

{STACKS}"""


def test_every_thread_and_what_ended_it_are_read() -> None:
    (piece,) = read(INFO)
    dump = piece.dump
    assert (piece.reader, piece.first_line, piece.last_line) == ("coredumpctl", 1, 15)
    assert (dump.signal and (dump.signal.number, dump.signal.name)) == (11, "SIGSEGV")
    assert (dump.process.pid, dump.process.argv) == (812, ("python3", "post.py", "--all"))
    assert [(stack.thread.tid, stack.thread.current, len(stack.frames)) for stack in dump.stacks] == [
        (812, True, 3),
        (815, False, 1),
    ]
    leaf, unnamed, _ = dump.stacks[0].frames
    assert (leaf.function, leaf.module) == ("ledger::post::write", "ledger.cpython-313-x86_64-linux-gnu.so")
    assert (unnamed.function, unnamed.address) == ("", 0x7F5C2A8AA001)


def test_it_is_a_crash_with_the_functions_of_ones_own() -> None:
    (crash,) = crashes.of(INFO).crashes
    assert crash.cause.id == "signal.segfault"
    assert [owned.bare_name(frame.function) for frame in owned.own(crash.story.frames)] == ["write"]


@pytest.mark.parametrize(
    ("behind", "type_"),
    [
        ("", "core dumped"),
        ("ledger.service: Main process exited, code=dumped, status=11/SEGV\n", "SIGSEGV"),
        ("ledger.service: Main process exited, code=dumped, status=4/ILL\n", "SIGILL"),
    ],
)
def test_the_journal_tells_the_signal_elsewhere_or_not_at_all(behind: str, type_: str) -> None:
    (crash,) = crashes.of(JOURNAL + behind).crashes
    assert (crash.story.kind.value, crash.story.type) == ("signal", type_)
    assert crash.cause.why


def test_stacks_alone_are_a_crash_too() -> None:
    (crash,) = crashes.of(STACKS.replace("_ZN6ledger4post5write17h0123456789abcdefE", "abort")).crashes
    assert crash.story.type == "SIGABRT"


def test_each_process_is_a_crash_of_its_own() -> None:
    assert len(crashes.of(INFO + "\n" + INFO.replace("812", "813")).crashes) == 2


@pytest.mark.parametrize(
    "text",
    [
        "PID: 812 (python3)\nand nothing else\n",
        "Process 812 (python3) of user 1000 dumped core.\n",
        "Stack trace of thread 8:\n",
    ],
)
def test_words_alone_are_no_stack(text: str) -> None:
    assert not read(text)
