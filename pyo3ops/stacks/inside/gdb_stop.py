"""What a stop at a breakpoint looks like: both sides of every thread, and the variables of the one that stopped."""
# ruff: noqa: FA100, ANN401, PTH - gdb's own Python may be 3.6, and gdb has no types

import contextlib
import os
from typing import Any, Dict, Iterator, List

import gdb

from . import gdb_look, gdb_native, gdb_symbols, gdb_variables, local_values
from .files import mapped
from .interpreter import Interpreter
from .looking import maps, process_memory, told
from .memory import Unreadable


class _Look(gdb_look.Look):
    """One look, with the variables of the thread that stopped alone."""

    def __init__(self, *arguments: Any, tid: int) -> None:
        super().__init__(*arguments)
        self._tid = tid

    def _variables(self, _answer: Any, look: Dict[str, Any], every: List[Any], interpreter: Any) -> None:
        for thread, row, read in every:
            if row["tid"] == self._tid:
                try:
                    _variables_of(thread, row, read.calls, interpreter)
                except Exception as error:  # noqa: BLE001 - whatever it is, the stack is there
                    look["gaps"].append(f"variables are missing: {type(error).__name__}: {error}"[:500])


def _variables_of(thread: Any, row: Dict[str, Any], calls: List[Any], interpreter: Any) -> None:
    # Values of Rust are for gdb to write as Rust does.
    gdb.execute("set language auto", to_string=True)
    with no_talk():
        row["variables"] = gdb_variables.of_thread(thread)
    if interpreter is not None:
        for call, variables in zip(row["python"] or [], local_values.of_calls(interpreter, calls)):
            call["variables"] = variables


class Looker:
    """Looks at one process, as often as it stops; gdb started it, and has its symbols."""

    def __init__(self, request: Dict[str, Any]) -> None:
        self._request = request
        self._places = []  # type: List[Any]
        self._symbols = gdb_symbols.Symbols([])

    def look(self, pid: int) -> Dict[str, Any]:
        """Both sides of every thread, as `written.raw` reads it; what was selected remains so."""
        thread = gdb.selected_thread()
        # Names of the interpreter do not parse where a Rust frame is the innermost.
        gdb.execute("set language c", to_string=True)
        try:
            self._find(pid)
            with process_memory(pid) as memory:
                look = _Look(self._request, self._symbols, memory, tid=thread.ptid[1] or thread.ptid[0])
                found = look.seen({"looks": []}, told(pid, os.readlink(f"/proc/{pid}/exe")))
                look.name()
                return found
        finally:
            thread.switch()
            gdb.execute("set language auto", to_string=True)

    def interpreter(self, pid: int) -> Interpreter:
        """The interpreter of the process, read through gdb as long as that runs; raises `Unreadable` without one."""
        gdb.execute("set language c", to_string=True)
        try:
            self._find(pid)
            python = gdb_look.interpreter_of(self._symbols, gdb_native.memory(), self._request["rows"])
        finally:
            gdb.execute("set language auto", to_string=True)
        if python.interpreter is None:
            raise Unreadable("; ".join(python.gaps))
        return python.interpreter

    def _find(self, pid: int) -> None:
        """Look for the files of the process, where there are others than before."""
        files = mapped(maps(pid))
        places = [(each.path, each.start) for each in files if each.code]
        if places != self._places:
            self._places, self._symbols = places, gdb_symbols.Symbols(files)
            self._symbols.find()


@contextlib.contextmanager
def no_talk() -> Iterator[None]:
    """Without what gdb says on its stderr alone."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
        gdb.flush(gdb.STDERR)
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
