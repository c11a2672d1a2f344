"""py-spy: reads the Python side without debug information of the interpreter; the native one is gdb's.

Of its own native stacks the outermost Rust frames are missing without a word, on every Python that was measured.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Mapping

from pyo3ops.core.run import Ended, run, which
from pyo3ops.stacks.model import Gil, Process, Thread, Variable
from pyo3ops.stacks.raw import PythonFrame, Raw, RawThread
from pyo3ops.stacks.sources import awake, fit, gdb
from pyo3ops.stacks.sources.protocol import Refused
from pyo3ops.tools import py_spy

if TYPE_CHECKING:
    from pyo3ops.stacks.sources.protocol import Look, Target

NAME = "py-spy"

PYTHON_ONLY = "py-spy shows Python frames alone: the native ones need gdb"
UNMARKED = "this py-spy does not mark where Rust or C called Python: 0.4 does"
TWO_MOMENTS = "the two sides were read one after the other: py-spy's Python frames, then gdb's native ones"
#: Frames of one thread, and characters of a name, that are taken from a document.
_FRAMES = 60_000
_LONGEST = 4_000


def look(target: Target, how: Look) -> tuple[Raw, ...] | Refused:
    """One `Raw` for each look that was asked for; with gdb's native frames where gdb is here and may look."""
    program = which("py-spy", how.env)
    if program is None:
        return Refused("missing", "py-spy is not on PATH")
    return fit.one_by_one(how, lambda left: awake.looked(target.pid, lambda: _both_sides(program, target, left)))


def _both_sides(program: str, target: Target, how: Look) -> Raw | Refused:
    """With gdb's native frames, where it gives them, and where this py-spy says what they belong to."""
    until = time.monotonic() + how.timeout
    raw = _look(program, target, how)
    left = until - time.monotonic()
    if isinstance(raw, Refused) or UNMARKED in raw.gaps or left <= 0:
        return raw
    native = gdb.look(target, replace(how, looks=1, variables=False, timeout=left))
    return raw if isinstance(native, Refused) else with_native(raw, native[0])


def _look(program: str, target: Target, how: Look) -> Raw | Refused:
    argv = py_spy.dump_argv(program, target.pid, target.core, variables=how.variables)
    result = run(argv, timeout=how.timeout, env={**how.env, "RUST_BACKTRACE": "0"})
    if not result.ok:
        word = "timeout" if result.ended is Ended.TIMEOUT else py_spy.refusal(result.err)
        return Refused(word, result.err.strip() or result.reason)
    raw = read(result.out)
    return raw or Refused("broken", "py-spy printed no threads")


def with_native(python: Raw, native: Raw) -> Raw:
    """Python frames of the one look with the native frames of the other, thread by thread; no thread is lost."""
    by_tid: dict[int | None, RawThread] = {each.thread.tid: each for each in native.threads}
    by_ident: dict[int | None, RawThread] = {each.thread.ident: each for each in native.threads}
    by_tid.pop(None, None)
    by_ident.pop(None, None)
    joined: list[RawThread] = []
    taken: set[int] = set()
    for each in python.threads:
        other = by_tid.get(each.thread.tid) or by_ident.get(each.thread.ident)
        if other is not None:
            taken.add(id(other))
        joined.append(each if other is None else _both(each, other))
    rest = (replace(each, python=None, gil=Gil.NONE) for each in native.threads if id(each) not in taken)
    gaps = (*(gap for gap in python.gaps if gap != PYTHON_ONLY), TWO_MOMENTS)
    process = replace(native.process, pid=python.process.pid or native.process.pid)
    return replace(native, process=process, threads=(*joined, *rest), source=NAME, gaps=gaps)


def _both(python: RawThread, native: RawThread) -> RawThread:
    thread = replace(
        native.thread, name=python.thread.name or native.thread.name, ident=python.thread.ident or native.thread.ident
    )
    gil = python.gil if python.gil is Gil.HELD or native.gil in {Gil.NONE, Gil.UNKNOWN} else native.gil
    return replace(native, thread=thread, python=python.python, gil=gil)


def read(output: str) -> Raw | None:
    """What `py-spy dump --json` printed; None for what is no such document."""
    try:
        rows = json.loads(output)
        threads = tuple(_thread(row) for row in rows)
        pid = int(rows[0]["pid"])
        command = rows[0].get("process_info") or {}
        argv = tuple(str(command.get("command_line") or "").split())
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, OverflowError):
        return None
    held = any(each.gil is Gil.HELD for each in threads)
    told = threads if held else tuple(replace(each, gil=Gil.UNKNOWN) for each in threads)
    # Every chain has an entry at its root.
    unmarked = any(each.python and not any(frame.entry for frame in each.python) for each in threads)
    return Raw(Process(pid, argv=argv), told, NAME, gaps=(PYTHON_ONLY, UNMARKED) if unmarked else (PYTHON_ONLY,))


def _thread(row: Mapping[str, Any]) -> RawThread:
    tid, name = row.get("os_thread_id"), row.get("thread_name")
    thread = Thread(None if tid is None else int(tid), None if name is None else str(name), int(row["thread_id"]))
    rows = row["frames"][:_FRAMES]
    gil = Gil.HELD if row.get("owns_gil") is True else Gil.FREE
    return RawThread(thread, python=tuple(map(_frame, rows)), gil=gil)


def _frame(row: Mapping[str, Any]) -> PythonFrame:
    return PythonFrame(
        str(row["name"])[:_LONGEST],
        str(row["filename"])[:_LONGEST],
        int(row.get("line") or 0) or None,
        # The one to 3.11, the other from 3.12 on, where it is next to a shim.
        entry=bool(row.get("is_entry") or row.get("is_shim_entry")),
        variables=tuple(
            Variable(str(each["name"])[:_LONGEST], str(each.get("repr"))[:200], argument=bool(each.get("arg")))
            for each in row.get("locals") or ()
        ),
    )
