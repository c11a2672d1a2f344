"""What the scripts inside a debugger wrote, as `Raw`; gdb's and lldb's write the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Iterable, Mapping

from pyo3ops.stacks.model import Gil, Language, Module, Process, Register, Signal, Thread, Variable
from pyo3ops.stacks.raw import NativeFrame, PythonFrame, Raw, RawThread
from pyo3ops.stacks.strays import without_strays

if TYPE_CHECKING:
    from collections.abc import Sequence


def raws(answer: Mapping[str, Any]) -> tuple[Raw, ...]:
    """Every look in an answer."""
    return tuple(raw(look, answer["source"]) for look in answer["looks"])


def raw(look: Mapping[str, Any], source: str) -> Raw:
    """One look; what its writer left out is unknown."""
    native = tuple(_native(row) for row in look["frames"])
    return Raw(
        process=_process(look["process"]),
        threads=tuple(_thread(row, native) for row in look["threads"]),
        source=source,
        modules=tuple(
            Module(row["path"], row.get("base"), row.get("build_id"), row.get("symbols")) for row in look["modules"]
        ),
        signal=_signal(look.get("signal")),
        registers=tuple(Register(name, value) for name, value in look.get("registers", ())),
        gaps=tuple(dict.fromkeys(look["gaps"])),
        stopped=look.get("stopped"),
    )


def _process(row: Mapping[str, Any]) -> Process:
    return Process(
        pid=row.get("pid"),
        executable=row.get("executable"),
        argv=tuple(row.get("argv", ())),
        python=row.get("python"),
        free_threaded=row.get("free_threaded", False),
        cwd=row.get("cwd"),
    )


def _signal(row: Mapping[str, Any] | None) -> Signal | None:
    if row is None:
        return None
    return Signal(row["number"], row["name"], row.get("address"), code=row.get("code"))


def _thread(row: Mapping[str, Any], native: Sequence[NativeFrame]) -> RawThread:
    python = row["python"]
    frames = [native[index] for index in row["native"]]
    for number, variables in row.get("variables", ()):
        frames[number] = replace(frames[number], variables=_variables(variables))
    read = RawThread(
        thread=Thread(row["tid"], row.get("name"), row.get("ident"), row.get("current", False)),
        native=tuple(frames),
        python=None if python is None else tuple(_python(each) for each in python),
        gil=Gil(row["gil"]),
        cut=row.get("cut"),
        waits_at=row.get("waits_at"),
        asleep=row.get("asleep"),
        python_cut=row.get("python_cut"),
    )
    return without_strays(read)


def _native(row: Mapping[str, Any]) -> NativeFrame:
    return NativeFrame(
        function=row.get("function"),
        address=row["address"],
        module=row.get("module"),
        file=row.get("file"),
        line=row.get("line"),
        inlined=row.get("inlined", False),
        language=Language(row.get("language", "unknown")),
        symbol=row.get("symbol"),
    )


def _python(row: Mapping[str, Any]) -> PythonFrame:
    return PythonFrame(
        function=row["function"],
        file=row["file"],
        line=row.get("line"),
        entry=row["entry"],
        shim=row["shim"],
        variables=_variables(row.get("variables", ())),
    )


def _variables(rows: Iterable[Mapping[str, Any]]) -> tuple[Variable, ...]:
    return tuple(Variable(each["name"], each["value"], each.get("type"), each.get("argument", False)) for each in rows)
