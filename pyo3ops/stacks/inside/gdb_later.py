"""A look whose native stacks are walked when the process runs again, so that it stands still for a moment only.

While it does, the interpreter's side is read, and of the native one what a walk needs is copied: registers and stacks,
which gdb then reads as it reads any core. A walk that comes to what is not in there is given up.
"""
# ruff: noqa: FA100, ANN401 - gdb's own Python may be 3.6, and gdb's types have no types

import contextlib
import os
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Tuple

import gdb

from . import gdb_native, joined, small_core
from .commands import line
from .gdb_look import Look, by_number, interpreter_of
from .gdb_native import quiet
from .looking import Areas, maps
from .memory import Unreadable

#: Bytes of all stacks together: copying more takes longer than walking them.
LIMIT = 16 << 20
#: Words that are looked at together: among a stack's many are the same.
_TOGETHER = 1 << 16
#: What a leaf may use beyond the end of its stack (the red zone of the System V ABI).
_BELOW = 128
#: The code that the kernel lends to every process, which gdb reads out of its memory.
_LENT = "[vdso]"


class _Taken(NamedTuple):
    """What was read while the process stood still."""

    rows: List[Dict[str, Any]]
    python: joined.Python
    given: List[joined.Given]
    told: Dict[str, Any]
    memory: List[Tuple[int, bytes]]
    core: List[bytes]
    areas: Areas


def possible(request: Dict[str, Any]) -> bool:
    """Variables may lie anywhere in memory; and of this processor alone it is known how a core has its registers."""
    return not request["variables"] and os.uname().machine == "x86_64"


class Later(Look):
    """One look in two parts: `take` while the process stands still, `walked` when it does not any more."""

    _taken: Optional[_Taken] = None
    _leaves: FrozenSet[int] = frozenset()

    def take(self, pid: int) -> bool:
        """Read and copy what is needed; False where it is not to be had."""
        try:
            threads = by_number()
            registers = {each.ptid[1]: _registers(each) for each in threads}
            rows = [self._early(each, registers[each.ptid[1]]) for each in threads]
            python = interpreter_of(self._symbols, self._memory, self._request["rows"])
            if python.interpreter is None and self._symbols.python() is not None:
                # How to read it may be among the symbols, which gdb has not read yet.
                return False
            given = python.join(rows, lambda _row, _index: None)
            areas = Areas(maps(pid))
            memory = [*self._stacks(registers, areas), *self._lent(areas)]
            core = small_core.of(registers, memory, _auxiliary(pid))
            self._taken = _Taken(rows, python, given, python.told(), memory, core, areas)
            self._leaves = frozenset(each["rip"] for each in registers.values())
        except (gdb.error, OSError, Unreadable):
            return False
        return True

    def _early(self, thread: Any, registers: Dict[str, int]) -> Dict[str, Any]:
        """A thread without its native stack."""
        ident = registers["fs_base"]
        return {
            "tid": thread.ptid[1],
            "name": self._name(ident, thread),
            "ident": ident,
            "current": False,
            "native": [],
            "cut": None,
            "waits_at": gdb_native.waits_in(self._processor, registers.get),
            "python": None,
            "gil": "unknown",
        }

    def _stacks(self, registers: Dict[int, Dict[str, int]], areas: Areas) -> Iterator[Tuple[int, bytes]]:
        """The bytes of each stack from its end to its root; raises `Unreadable` where that is no stack, or too many."""
        left = LIMIT
        for each in registers.values():
            area = areas.at(each["rsp"])
            if area is None:
                raise Unreadable("a thread has its stack in no area of memory")
            start = max(area.start, each["rsp"] - _BELOW) & ~7
            left -= area.end - start
            if left < 0:
                raise Unreadable("the stacks are too large")
            yield start, self._memory.block(start, area.end - start)

    def _lent(self, areas: Areas) -> Iterator[Tuple[int, bytes]]:
        for area in areas.named(_LENT):
            yield area.start, self._memory.block(area.start, area.end - area.start)

    def words(self) -> Iterator[int]:
        """Where every thread is, and the words on their stacks: among them is where each call goes on."""
        yield from self._leaves
        for _, data in self._taken.memory if self._taken else ():
            # This processor has them in the order of the core; a stack and its area end at a whole word.
            words = memoryview(data).cast("Q")
            for start in range(0, len(words), _TOGETHER):
                yield from set(words[start : start + _TOGETHER])

    def walked(self, answer: Dict[str, Any], process: Dict[str, Any], path: str) -> Optional[Dict[str, Any]]:
        """The whole look, as `seen` has it; None where what was copied does not do. The file of `path` is written."""
        taken = self._taken
        if taken is None:
            return None
        try:
            _write(path, taken.core)
            if taken.python.interpreter is None and self._symbols.python() is not None:
                # Its symbols alone tell of it, which gdb has by now.
                return None
            gdb.execute(line(f"core-file {path}"), to_string=True)
            walked = [self._row(each, None) for each in by_number()]
            if [row["tid"] for row in walked] != [row["tid"] for row in taken.rows] or not self._whole(walked, taken):
                return None
            for row, other in zip(taken.rows, walked):
                row["native"] = other["native"]
            joined.find_waiting(taken.rows, self._function)
            return self.put(answer, dict(process, **taken.told), taken.rows, taken.python, taken.given)
        except (gdb.error, OSError, Unreadable):
            return None
        finally:
            quiet("core-file")
            with contextlib.suppress(OSError):
                Path(path).unlink()

    def _whole(self, rows: List[Dict[str, Any]], taken: _Taken) -> bool:
        """Whether every walk came to its root, through code whose rules gdb has from a file or from the kernel's."""
        if any(row["cut"] for row in rows):
            return False
        strange = (row["address"] for row in self._table.rows if self._symbols.elf(row.get("module", "")) is None)
        return all(area is not None and area.name == _LENT for area in map(taken.areas.at, strange))


def _registers(thread: Any) -> Dict[str, int]:
    thread.switch()
    frame = gdb.newest_frame()
    return {name: int(frame.read_register(name)) & (1 << 64) - 1 for name in small_core.REGISTERS}


def _auxiliary(pid: int) -> bytes:
    """What the kernel told the program, where its code lies for one (getauxval(3))."""
    return Path(f"/proc/{int(pid)}/auxv").read_bytes()


def _write(path: str, parts: List[bytes]) -> None:
    """A file for nobody else's eyes: what is on stacks is nobody else's business."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.writelines(parts)
