from __future__ import annotations

import re
from pathlib import Path

import pytest

from pyo3ops.debug.crash import causes, crashes
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
