"""One look at a process that gdb holds: every thread, both sides of it, as `written.raw` reads it."""
# ruff: noqa: FA100, ANN401 - gdb's own Python may be 3.6, and gdb's types have no types

from typing import Any, Dict, List, Optional

import gdb

from . import answers, gdb_native, gdb_symbols, gdb_types, gdb_variables, joined, local_values
from .gdb_native import quiet
from .looking import Modules, Table, is_last_part
from .memory import Memory


def interpreter_of(symbols: gdb_symbols.Symbols, memory: Memory, rows: Dict[str, Any]) -> joined.Python:
    """The interpreter in a process."""
    found = symbols.python()
    return joined.fitting(memory, found, rows, gdb_types.structs) if found else joined.absent()


def by_number() -> List[Any]:
    """The threads of what gdb looks at, by the kernel's numbers."""
    return sorted(gdb.selected_inferior().threads(), key=lambda each: each.ptid[1])


#: What is called LOOP here is CPython's evaluation loop.
LOOP = "_PyEval_EvalFrameDefault"


class Look:
    """One look at a process that stands still."""

    def __init__(
        self,
        request: Dict[str, Any],
        symbols: gdb_symbols.Symbols,
        memory: Memory,
        names: Optional[Dict[int, str]] = None,
    ) -> None:
        self._request = request
        self._symbols = symbols
        self._memory = memory
        self._names = names or {}
        self._walk = gdb_native.Walk(Modules(symbols.files))
        self._processor = gdb_native.architecture()
        self._table = Table()

    def seen(self, answer: Dict[str, Any], process: Dict[str, Any], current: Any = None) -> Dict[str, Any]:
        """Everything about it; put among the looks of an answer, which is written before variables are read."""
        registers = gdb_native.registers() if current is not None else []
        threads = by_number()
        rows = [self._row(each, current) for each in threads]
        python = interpreter_of(self._symbols, self._memory, self._request["rows"])
        given = python.join(rows, self._function)
        look = self.put(answer, dict(process, **python.told()), rows, python, given)
        look["registers"] = registers
        if self._request.get("variables"):
            self._variables(answer, look, list(zip(threads, rows, given)), python.interpreter)
        return look

    def put(
        self,
        answer: Dict[str, Any],
        process: Dict[str, Any],
        rows: List[Dict[str, Any]],
        python: joined.Python,
        given: List[joined.Given],
    ) -> Dict[str, Any]:
        """Put what was read of a process among the looks of an answer."""
        for thread, row, each in zip(by_number(), rows, given):
            self._recognise(thread, row, each.marks)
        look = {
            "process": process,
            "threads": rows,
            "frames": self._table.rows,
            "modules": self._symbols.modules(),
            "registers": [],
            "gaps": self._symbols.gaps + python.gaps,
        }
        answer["looks"].append(look)
        return look

    def _variables(self, answer: Dict[str, Any], look: Dict[str, Any], every: List[Any], interpreter: Any) -> None:
        """Read arguments and locals; what is known already is written down first, for gdb may end over some types."""
        quiet("maint set internal-error quit no")
        gap = "gdb ended while it read variables: those of the threads from {} on are missing"
        for thread, row, each in every:
            unfinished = dict(look, gaps=[*look["gaps"], gap.format(row["tid"])])
            answers.write(self._request["answer"], dict(answer, looks=[*answer["looks"][:-1], unfinished]))
            row["variables"] = gdb_variables.of_thread(thread)
            if interpreter is not None:
                for call, variables in zip(row["python"] or [], local_values.of_calls(interpreter, each.calls)):
                    call["variables"] = variables
        quiet("maint set internal-error quit yes")

    def _row(self, each: Any, current: Any) -> Dict[str, Any]:
        """The native side of one thread."""
        each.switch()
        native, cut = self._walk.frames()
        ident = gdb_native.ident(self._processor)
        return {
            "tid": each.ptid[1] or each.ptid[0],
            "name": self._name(ident, each),
            "ident": ident,
            "current": each.ptid == current.ptid if current is not None else False,
            "native": [self._table.index(frame, int(index > 0)) for index, frame in enumerate(native)],
            "cut": cut,
            "waits_at": gdb_native.waits_at(self._processor),
            "python": None,
            "gil": "unknown",
        }

    def _name(self, ident: Optional[int], thread: Any) -> Optional[str]:
        """What Python calls a thread, or else the system, whose word gdb has to read first."""
        named = self._names.get(ident or 0)
        return thread.name if named is None else named

    def _recognise(self, thread: Any, row: Dict[str, Any], marks: List[int]) -> None:
        """Name the evaluation loops of a thread that have no symbol, as parts of a stripped interpreter have none."""
        names = [self._table.rows[index].get("function") for index in row["native"]]
        if None not in names or names.count(LOOP) >= len(marks):
            return
        thread.switch()
        for number in gdb_native.frames_around(marks):
            if number < len(names) and names[number] is None:
                row["native"][number] = self._table.named(row["native"][number], LOOP)

    def _function(self, row: Dict[str, Any], index: int) -> Optional[str]:
        name = self._table.rows[row["native"][index]].get("function")
        return None if name is None else str(name)

    def name(self) -> None:
        """Give frames the symbols of their files: without whole debug information, gdb has last parts of paths alone.

        The process need not stand still for it.
        """
        rows = [row for row in self._table.rows if not row.get("inlined")]
        symbols = gdb_native.symbols(row["address"] - row["back"] for row in rows)
        for row in rows:
            symbol = symbols.get(row["address"] - row["back"], row.get("function"))
            if symbol != row.get("function"):
                row["symbol"] = symbol
            if symbol and row.get("language") == "rust" and is_last_part(row.get("function", ""), symbol):
                row["function"] = symbol
