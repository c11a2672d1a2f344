"""One file a text, JSON or XML format: from what tools print to frames; `read` finds those in pasted text by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.stacks.readers import (
    apple_report,
    coredumpctl,
    faulthandler,
    gdb_backtrace,
    gdb_python,
    lldb_backtrace,
    py_spy,
    pystack,
    python_traceback,
    rust_backtrace,
    rust_panic,
    text,
)

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Dump
    from pyo3ops.stacks.readers.text import Found, Lines


@dataclass(frozen=True)
class Reader:
    """One format that is found in a text: whether a line begins it, and what it is from there on."""

    name: str
    #: What it reads, in words.
    reads: str
    begins: Callable[[Lines, int], bool]
    read: Callable[[Lines, int], Found]


@dataclass(frozen=True)
class Format:
    """One format for the documents; `pasted` where `read` finds it in any text."""

    name: str
    reads: str
    pasted: bool = True


@dataclass(frozen=True)
class Piece:
    """What one reader found; lines count from 1, and both are part of it."""

    reader: str
    first_line: int
    last_line: int
    dump: Dump


#: Asked in this order, line by line.
READERS = (
    Reader(
        rust_panic.RESUMED,
        "a panic that PyO3 resumes after Python, with its Python traceback",
        rust_panic.resumes,
        rust_panic.read_resumed,
    ),
    Reader(
        rust_panic.NAME,
        "Rust panics, stack overflows and aborts, with short and full backtraces",
        rust_panic.begins,
        rust_panic.read,
    ),
    Reader(
        python_traceback.NAME,
        "Python tracebacks: chained, groups, notes, syntax errors, of threads, ignored ones",
        python_traceback.begins,
        python_traceback.read,
    ),
    Reader(
        faulthandler.NAME,
        "faulthandler's threads and fatal errors, with the C stack of 3.14",
        faulthandler.begins,
        faulthandler.read,
    ),
    Reader(
        pystack.NAME,
        "`pystack remote` and `pystack core`, with --native and --locals",
        pystack.begins,
        pystack.read,
    ),
    Reader(py_spy.NAME, "`py-spy dump`, with --native and --locals", py_spy.begins, py_spy.read),
    Reader(py_spy.JSON, "`py-spy dump --json`", py_spy.begins_json, py_spy.read_json),
    Reader(
        gdb_python.NAME,
        "gdb's `py-bt`",
        gdb_python.begins,
        gdb_python.read,
    ),
    Reader(
        coredumpctl.NAME,
        "`coredumpctl info`, and what systemd writes of a core to the journal",
        coredumpctl.begins,
        coredumpctl.read,
    ),
    Reader(
        gdb_backtrace.NAME,
        "gdb's `bt`, `bt full` and `thread apply all bt`",
        gdb_backtrace.begins,
        gdb_backtrace.read,
    ),
    Reader(lldb_backtrace.NAME, "lldb's `bt` and `bt all`", lldb_backtrace.begins, lldb_backtrace.read),
    Reader(apple_report.NAME, "macOS's reports of crashes", apple_report.begins, apple_report.read),
    Reader(
        rust_backtrace.NAME,
        "a Rust panic's backtrace whose first lines are missing",
        rust_backtrace.begins,
        rust_backtrace.read,
    ),
)

#: Every format that frames are read from.
FORMATS = (
    *(Format(reader.name, reader.reads) for reader in READERS),
    Format("addr2line", "calls behind addresses as addr2line prints them", pasted=False),
    Format("perf_script", "samples as `perf script` prints them", pasted=False),
    Format("speedscope", "profiles that py-spy records", pasted=False),
    Format("valgrind", "valgrind's XML", pasted=False),
)


def read(content: str) -> tuple[Piece, ...]:
    """Every piece in a text that is stacks, in order; what else stands between them is passed over.

    Colours and what loggers write before each line must be gone already. Never raises, and takes time in proportion to
    the text.
    """
    return tuple(_pieces(text.lines_of(content)))


def _pieces(lines: Lines) -> Iterator[Piece]:
    at = 0
    while at < len(lines):
        reader = next((each for each in READERS if each.begins(lines, at)), None) if lines[at] else None
        if reader is None:
            at += 1
            continue
        end, dump = reader.read(lines, at)
        end = max(end, at + 1)
        if dump is not None:
            yield Piece(reader.name, at + 1, end, dump)
        at = end
