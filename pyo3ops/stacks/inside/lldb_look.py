"""One look at a process that lldb holds: every thread, both sides of it, as `written.raw` reads it."""
# ruff: noqa: FA100, ANN401 - lldb's own Python may be older, and its types have no types

from typing import Any, Dict, List, Optional

from . import answers, joined, lldb_kernel, lldb_native, lldb_variables, local_values, thread_names
from .lldb_files import Files
from .lldb_kernel import Kernel
from .lldb_native import Calls
from .looking import Table
from .memory import Memory


def interpreter_of(known: Files, memory: Memory, rows: Dict[str, Any]) -> joined.Python:
    """The interpreter in a process, by the layouts of the table and of the process itself."""
    found = known.python()
    return joined.fitting(memory, found, rows, dict) if found else joined.absent()


class Look:
    """One look at a process that stands still."""

    def __init__(
        self,
        request: Dict[str, Any],
        known: Files,
        stopped: Any,
        memory: Memory,
        *,
        pid: Optional[int] = None,
        notes: Optional[Dict[int, bytes]] = None,
    ) -> None:
        """`pid` is that of a running process, `notes` are those of a core's threads."""
        self._request = request
        self._known = known
        self._stopped = stopped
        self._memory = memory
        self._names: Dict[int, str] = {}
        self._calls = Calls(known, stopped, memory)
        self._kernel = Kernel(self._calls.processor, pid, notes)
        self._table = Table()

    def seen(self, answer: Dict[str, Any], process: Dict[str, Any], current: Any = None) -> Dict[str, Any]:
        """Everything about it; put among the looks of an answer, which is written before variables are read."""
        python = interpreter_of(self._known, self._memory, self._request["rows"])
        self._names = thread_names.names(python.interpreter) if python.interpreter else {}
        if python.interpreter and self._known.files:
            self._kernel.idents = lldb_kernel.idents(python.interpreter, self._calls.processor)
        threads = sorted(self._stopped, key=lambda each: each.GetThreadID())
        rows = [self._row(each, current) for each in threads]
        given = python.join(rows, self._function)
        look = {
            "process": dict(process, **python.told()),
            "threads": rows,
            "frames": self._table.rows,
            "modules": self._known.modules(),
            "registers": lldb_native.registers(current.GetFrameAtIndex(0)) if current is not None else [],
            "gaps": self._known.gaps + python.gaps,
        }
        answer["looks"].append(look)
        if self._request["variables"]:
            self._variables(answer, look, list(zip(threads, rows, given)), python.interpreter)
        return look

    def _variables(self, answer: Dict[str, Any], look: Dict[str, Any], every: List[Any], interpreter: Any) -> None:
        """Read arguments and locals; what is known already is written down first, for lldb may end over some types."""
        gap = "lldb ended while it read variables: those of the threads from {} on are missing"
        for thread, row, each in every:
            unfinished = dict(look, gaps=[*look["gaps"], gap.format(row["tid"])])
            answers.write(self._request["answer"], dict(answer, looks=[*answer["looks"][:-1], unfinished]))
            frames = [self._table.rows[index] for index in row["native"]]
            row["variables"] = lldb_variables.of_thread(thread, frames)
            if interpreter is not None:
                for call, variables in zip(row["python"] or [], local_values.of_calls(interpreter, each.calls)):
                    call["variables"] = variables

    def _row(self, thread: Any, current: Any) -> Dict[str, Any]:
        """The native side of one thread."""
        native, cut = self._calls.of(thread)
        ident = self._kernel.ident(thread)
        return {
            "tid": thread.GetThreadID(),
            "name": self._names.get(ident or 0, thread.GetName()),
            "ident": ident,
            "current": current is not None and thread.GetThreadID() == current.GetThreadID(),
            "native": [self._table.index(frame, back) for frame, back in native],
            "cut": cut,
            "waits_at": self._kernel.waits_at(thread),
            "python": None,
            "gil": "unknown",
        }

    def _function(self, row: Dict[str, Any], index: int) -> Optional[str]:
        name = self._table.rows[row["native"][index]].get("function")
        return None if name is None else str(name)
