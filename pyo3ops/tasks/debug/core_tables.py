"""What is looked up of a core, and what of that says something to everybody: registers, libraries, where it died."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Column, Table
from pyo3ops.stacks import fault
from pyo3ops.stacks.build_ids import nameless
from pyo3ops.stacks.model import Language
from pyo3ops.stacks.verdicts import people

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.stacks.model import Dump, Frames, Register
    from pyo3ops.stacks.symbol_files import Found

#: Where the thread was, and where its stack is, on each machine: these say something of every death.
_TELLING = frozenset({"rip", "rsp", "pc", "sp"})
#: How far from the address that was touched a register is taken for the pointer to it: a field, an element.
_NEAR = 4096
#: Below, an address is one of a null pointer, and any register with a small number in it would do.
_NULL = 65536


def tables(dump: Dump, memory: fault.Memory, symbols: Sequence[Found], *, registers: bool = True) -> Iterator[Table]:
    """The registers of the thread that died, and what was loaded, with its builds and its symbols."""
    if registers and dump.registers:
        yield _registers(dump, memory)
    if dump.modules:
        yield _libraries(dump, symbols)


def _registers(dump: Dump, memory: fault.Memory) -> Table:
    suspects = {name for name, _ in fault.suspects(memory.died)} if memory.died else set()
    touched = dump.signal.address if dump.signal else None
    rows, brief = [], []
    for number, each in enumerate(dump.registers):
        told = each.name in _TELLING or each.name in suspects or _is_near(each, touched)
        words = fault.points_to(each.value, memory) if told or memory.area(each.value) else None
        rows.append((each.name, f"0x{each.value:x}", words))
        if told:
            brief.append(number)
    titles = (Column("register"), Column("value"), Column("points to"))
    return Table("Registers of the thread that died", titles, tuple(rows), brief=tuple(brief))


def _is_near(register: Register, touched: int | None) -> bool:
    return touched is not None and min(touched, register.value) >= _NULL and abs(touched - register.value) < _NEAR


def _libraries(dump: Dump, symbols: Sequence[Found]) -> Table:
    frames = [frame for stack in dump.stacks for frame in stack.frames]
    bare = {frame.module for frame in frames if nameless(frame)}
    lost = {found.module for found in symbols if found.library is None}
    rows = tuple(
        (each.path, f"0x{each.base:x}" if each.base is not None else None, each.build_id, each.symbols)
        for each in dump.modules
    )
    titles = tuple(map(Column, ("library", "at", "build ID", "symbols")))
    brief = tuple(number for number, each in enumerate(dump.modules) if each.path in bare or each.path in lost)
    return Table("Libraries", titles, rows, brief=brief)


def place(dump: Dump) -> str:
    """Where the thread died, in a sentence: the user's call nearest to it, and the Python that led there."""
    frames: Frames = next((stack.frames for stack in dump.stacks if stack.thread.current), ())
    own = people.own(frames)
    if not own:
        return ""
    said = f"in {people.place(frames, own[0])}"
    if frames[own[0]].language is Language.PYTHON:
        return said
    python = next((at for at in own if frames[at].language is Language.PYTHON), None)
    return said if python is None else f"{said}, called by {people.place(frames, python)}"
