# ruff: noqa: E501 - lines as they are printed

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pyo3ops.debug.crash import causes, crashes, owned
from pyo3ops.debug.crash.story import Kind, Story

README = Path(__file__).parents[3] / "data" / "debug" / "crash" / "README.md"


def test_the_table_and_its_list_agree() -> None:
    listed = set(re.findall(r"^\| ([a-z-]+\.[a-z0-9-]+) \|", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert {row.id for row in causes.causes()} == listed


def test_every_row_has_a_reason_a_next_step_and_a_condition_that_is_known() -> None:
    for row in causes.causes():
        assert row.why.endswith(".")
        assert row.next.endswith((".", "output."))
        assert not row.when or row.when in causes.CONDITIONS


def test_every_repetition_has_a_bound() -> None:
    for row in causes.causes():
        for _, pattern in row.patterns:
            assert not re.search(r"(?<!\\)[+*](?!\\)", re.sub(r"\[[^\]]*\]|\\.", "", pattern.pattern)), pattern.pattern


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_has_a_cause(kind: Kind) -> None:
    story = Story(
        kind, "X", "nothing known", text="The global interpreter lock (GIL) has been enabled to load module 'a'"
    )
    assert causes.cause_of(story).title


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (
            "Fatal Python error: could not acquire lock for <_io.BufferedWriter> at interpreter shutdown",
            "fatal.finalized",
        ),
        ("Fatal Python error: _enter_buffered_busy: could not acquire lock", "fatal.finalized"),
        ("Fatal Python error: PyEval_SaveThread: NULL tstate", "fatal.gil"),
        ("Fatal Python error: none_dealloc: deallocating None", "fatal.refcount"),
        ("Fatal Python error: init_import_site: Failed to import the site module", "fatal.python"),
        ("Fatal Python error: _PyMem_DebugMalloc: Python memory allocator called without holding the GIL", "fatal.gil"),
        (
            "make: *** [test] Error 139\nbash: line 1: 12 Segmentation fault (core dumped) python a.py",
            "signal.segfault",
        ),
        ("Error: Process completed with exit code 137.", "process.killed"),
        ("[12.3] oom-kill:constraint=CONSTRAINT_MEMCG\nOut of memory: Killed process 12 (python)", "process.killed"),
        ("python[12]: segfault at 8 ip 00007f sp 00007f error 4 in lib.so", "signal.null"),
        ("Illegal instruction (core dumped)", "signal.illegal"),
        ("==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x6020", "memory.sanitizer"),
        (
            "a.py:1: RuntimeWarning: The global interpreter lock (GIL) has been enabled to load module 'a'",
            "python.free-threaded",
        ),
        ("ImportError: DLL load failed while importing a: The specified module could not be found.", "import.library"),
        ("ModuleNotFoundError: No module named 'ledger'", "import.module"),
        (
            "thread '<unnamed>' has overflowed its stack\nfatal runtime error: stack overflow, aborting",
            "signal.stack-overflow",
        ),
        ("munmap_chunk(): invalid pointer\nAborted (core dumped)", "memory.corrupted"),
        ("Program received signal SIGFPE, Arithmetic exception.", "signal.fpe"),
    ],
)
def test_a_single_line_tells_its_cause(text: str, cause: str) -> None:
    found = crashes.of(text).crashes
    assert [crash.cause.id for crash in found] == [cause]


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("index out of bounds: the len is 3 but the index is 3", "panic.index"),
        ("slice index starts at 5 but ends at 3", "panic.slice"),
        ("byte index 1 is not a char boundary; it is inside '\u00e9'", "panic.slice"),
        ("already borrowed: BorrowMutError", "panic.refcell"),
        ("already mutably borrowed: BorrowError", "panic.refcell"),
        ("attempt to subtract with overflow", "panic.overflow"),
        ("attempt to calculate the remainder with a divisor of zero", "panic.divide"),
        ("assertion `left != right` failed", "panic.assertion"),
        ("not implemented", "panic.todo"),
        ("The Python interpreter is not initialized and the `auto-initialize` feature is not enabled.", "panic.gil"),
        ("called `Result::unwrap_err()` on an `Ok` value: 3", "panic.unwrap-err"),
        ('cannot open: Custom { kind: Other, error: "x" }', "panic.expect"),
        ("we are closed: come again", "panic.explicit"),
        ("null pointer dereference occurred", "signal.null"),
    ],
)
def test_a_panics_words_tell_its_cause(message: str, cause: str) -> None:
    found = crashes.of(f"thread 'main' (1) panicked at src/lib.rs:1:1:\n{message}\n").crashes
    assert [crash.cause.id for crash in found] == [cause]


@pytest.mark.parametrize(
    "text",
    [
        "all 12 tests passed, 0 errors, no panics",
        "INFO transaction aborted by user, status: 200, exit code: 0",
        "test result: ok. 12 passed; 0 failed\nsignal: none",
        "killed 3 bugs today; Segmentation of customers is done",
        "warning: unused variable: `panic`\nerror: could not compile `a`",
    ],
)
def test_what_is_no_crash_is_none(text: str) -> None:
    assert crashes.of(text).crashes == ()


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("[1]    4711 segmentation fault (core dumped)  python run.py", "signal.segfault"),
        ("[2]  + 4711 abort      python run.py --retries 3", "signal.abort"),
        ("[1] 4711 IOT instruction (core dumped) python a.py", "signal.abort"),
        ("zsh: illegal hardware instruction  python -c 'import ledger'", "signal.illegal"),
        ("zsh: bus error  python run.py", "signal.bus"),
        ("Process finished with exit code -1073741819 (0xC0000005)", "signal.segfault"),
        ("Error: Process completed with exit code 3221225477.", "signal.segfault"),
        ("Process finished with exit code -1073741795 (0xC000001D)", "signal.illegal"),
        ("The process exited with code 0xc0000409", "signal.abort"),
        ("Process finished with exit code -1073740940 (0xC0000374)", "memory.corrupted"),
        ("Process finished with exit code -1073741571 (0xC00000FD)", "signal.stack-overflow"),
        (
            "a.py ....Windows fatal exception: code 0xc000001d\n\nCurrent thread 0x01 (most recent call first):",
            "signal.illegal",
        ),
        (
            "Windows fatal exception: access violation\n\nCurrent thread 0x01 (most recent call first):",
            "signal.segfault",
        ),
        (
            "Windows fatal exception: stack overflow\n\nCurrent thread 0x01 (most recent call first):",
            "signal.stack-overflow",
        ),
        ("thread panicked while processing panic. aborting.", "panic.in-drop"),
        (
            "object refcount : 0\nFatal Python error: _PyObject_AssertFailed: x\nPython runtime state: finalizing (tstate=0x01)",
            "fatal.refcount",
        ),
    ],
)
def test_other_shells_and_systems_tell_their_causes(text: str, cause: str) -> None:
    assert [crash.cause.id for crash in crashes.of(text).crashes] == [cause]


def test_a_stack_in_abort_did_not_go_on() -> None:
    stack = (
        "#0  0x00007f0a in pthread_kill () from libc.so.6\n#1  0x00007f0b in raise () from libc.so.6\n"
        "#2  0x00007f0c in abort () from libc.so.6\n"
    )
    fatal = (
        "#3  0x0049f9 in fatal_error (fd=2, header=1, prefix=0x0, msg=0x0) at Python/pylifecycle.c:2201\n"
        '#4  0x0049fa in _Py_FatalErrorFormat (func=0x68af50 <f> "PyGILState_Release", format=0x61e1c0 "thread state '
        '%p must be current when releasing") at Python/pylifecycle.c:2335\n#5  0x0046 in PyGILState_Release () at a.c:3\n'
    )
    (plain,), (gave_up,) = crashes.of(stack).crashes, crashes.of(stack + fatal).crashes
    assert (plain.story.kind, plain.cause.id) == (Kind.SIGNAL, "signal.abort")
    assert (gave_up.story.kind, gave_up.story.type, gave_up.cause.id) == (Kind.FATAL, "PyGILState_Release", "fatal.gil")
    live = stack.replace("abort", "poll").replace("raise", "read").replace("pthread_kill", "select")
    assert crashes.of(live).crashes[0].story.kind is Kind.HANG


def test_a_thread_that_died_is_what_the_one_that_joined_it_fails_of() -> None:
    text = (
        "thread 'worker' (8) panicked at src/job.rs:5:9:\nno such file\n"
        "thread '<unnamed>' (7) panicked at src/lib.rs:9:18:\n"
        'called `Result::unwrap()` on an `Err` value: JoinError::Panic(Id(3), "no such file", ...)\n'
        "Traceback (most recent call last):\n"
        '  File "run.py", line 3, in <module>\n    ledger.run()\n'
        'pyo3_runtime.PanicException: called `Result::unwrap()` on an `Err` value: JoinError::Panic(Id(3), "no such file", ...)\n'
    )
    (crash,) = crashes.of(text).crashes
    assert crash.story.place == "src/job.rs:5"
    assert [panic.line for panic in crash.story.panics] == [1, 3]
    apart = text.replace("(8)", "(7)").replace("'worker'", "'<unnamed>'")
    assert len(crashes.of(apart).crashes) == 2


def test_a_backtrace_goes_on_behind_what_other_threads_write() -> None:
    text = (
        "thread 'w' panicked at src/lib.rs:9:18:\nno\nstack backtrace:\njob 3 is done\njob 4 is done\n"
        "   0: core::result::unwrap_failed\n             at /rustc/01/library/core/src/result.rs:1:2\njob 5 is done\n"
        "   1: ledger::post\n             at ./src/lib.rs:9:18\nall is over\n"
    )
    (crash,) = crashes.of(text).crashes
    assert crash.cause.id == "panic.expect"
    assert [owned.bare_name(frame.function) for frame in owned.own(crash.story.frames)] == ["post"]


def test_one_mark_of_a_quote_does_not_hide_a_panic() -> None:
    text = "> thread 'main' panicked at 'no', src/lib.rs:3:5\nnote: run with `RUST_BACKTRACE=1`\n>\n"
    assert crashes.of(text).crashes[0].story.place == "src/lib.rs:3"


def test_a_runtime_of_tokios_is_told_as_such() -> None:
    (crash,) = crashes.of(
        "thread 'w' panicked at a.rs:1:1:\nthere is no reactor running, must be called from x\n"
    ).crashes
    assert crash.cause.id == "panic.explicit"
    assert "Tokio" in crash.cause.title


STOPPED = "Program received signal SIGSEGV, Segmentation fault.\n#0  ledger::post () at src/post.rs:3\n"


@pytest.mark.parametrize(
    ("asked", "cause"),
    [
        ("(gdb) p $_siginfo._sifields._sigfault.si_addr\n$1 = (void *) 0x10\n", "signal.null"),
        ("(gdb) p $_siginfo._sifields._sigfault.si_addr\n$1 = (*mut ()) 0x7f3300001000\n", "signal.segfault"),
        ("(gdb) print book\n$1 = (Book *) 0x0\n", "signal.segfault"),
        ("$ gdb -ex run -ex 'p $rip' -ex 'p $_siginfo._sifields._sigfault.si_addr' a\n$1 = 7\n$2 = (void *) 0x8\n", "signal.null"),
        ("$ gdb -ex 'p book' -ex 'p $_siginfo._sifields._sigfault.si_addr' a\n$1 = (Book *) 0x0\n$2 = (void *) 0x7f3300001000\n", "signal.segfault"),
        ("(gdb) p $_siginfo._sifields._sigfault.si_addr\n", "signal.segfault"),
    ],
)  # fmt: skip
def test_the_address_that_gdb_was_asked_for_counts(asked: str, cause: str) -> None:
    (crash,) = crashes.of(STOPPED + asked + "(gdb) bt\n").crashes
    assert crash.cause.id == cause


GROUP = """\
thread '<unnamed>' (7) panicked at src/post.rs:31:9:
no such account
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
  + Exception Group Traceback (most recent call last):
  |   File "close.py", line 15, in <module>
  |     main()
  |   File "close.py", line 13, in main
  |     async with TaskGroup() as group:
  | BaseExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "close.py", line 3, in other
    | KeyError: 'no such account'
    +---------------- 2 ----------------
    | Traceback (most recent call last):
    |   File "close.py", line 10, in settle
    |     ledger.post(kind)
    | pyo3_runtime.PanicException: no such account
    +------------------------------------
"""


def test_of_a_group_the_exception_that_carries_the_panic_is_told() -> None:
    (crash,) = crashes.of(GROUP).crashes
    assert [(each.line, each.traceback) for each in crash.story.panics] == [(1, 15)]
    assert [owned.bare_name(frame.function) for frame in owned.own(crash.story.frames)] == [
        "settle",
        "main",
        "<module>",
    ]


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("ledger.service: Main process exited, code=dumped, status=8/FPE", "signal.fpe"),
        ("ledger.service: Main process exited, code=killed, status=9/KILL", "process.killed"),
    ],
)
def test_systemd_tells_how_a_service_ended(line: str, cause: str) -> None:
    (crash,) = crashes.of(line).crashes
    assert crash.cause.id == cause
