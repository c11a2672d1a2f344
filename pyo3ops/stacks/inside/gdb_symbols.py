"""Symbols of the files in a process: read before it is stopped, and kept from one look to the next.

gdb's own list of libraries is left empty. What it reads by itself it reads while the process stands still, and forgets
when it lets go of it; files that are added by hand stay, wherever they lie.
"""
# ruff: noqa: FA100 - gdb's own Python may be 3.6, which has no such future

import time
from typing import Any, Dict, Iterable, List, Optional, Set

import gdb

from . import files
from .commands import line, quoted
from .looking import words_on_stacks
from .memory import Memory, Unreadable
from .on_disk import OnDisk

#: Seconds that reading ahead may take.
SECONDS = 2.0


class Symbols(OnDisk):
    """The files in a process, and what gdb knows of them; `gaps` says what could not be read."""

    def __init__(self, mapped: List[files.Mapped], folders: Iterable[str] = (), proc: Optional[str] = None) -> None:
        """`folders` hold `.build-id/xx/yyyy.debug`; `proc` is the process's own one below /proc."""
        super().__init__(mapped, folders, proc)
        self._described: List[Dict[str, Any]] = []
        self._python: Optional[files.Found] = None
        self._looked = False

    def load(self, executable: Optional[str]) -> None:
        """Have gdb read the symbols of every file that was found, where it lies in the process."""
        place = self.place(executable) if executable else None
        if place:
            self._run(place)
        elif executable:
            self.gaps.append(f"the executable {executable} is not here")
        for each in self.files:
            if each.path in self._elf:
                self._add(each)

    def _run(self, place: str) -> None:
        try:
            gdb.execute(line(f"exec-file {quoted(place)}"), to_string=True)
        except Unreadable as error:
            self.gaps.append(f"gdb cannot read the executable: {error}")

    def _add(self, each: files.Mapped) -> None:
        offset = files.bias(self._elf[each.path], each.start)
        try:
            gdb.execute(line(f"add-symbol-file {quoted(self._place[each.path])} -o {offset:#x}"), to_string=True)
        except Unreadable as error:
            self.gaps.append(f"gdb cannot read the symbols of a file: {error}")
        except gdb.error as error:
            self.gaps.append(f"gdb cannot read the symbols of {each.path}: {error}")

    def modules(self) -> List[Dict[str, Any]]:
        """The modules as `model.Module` has them."""
        if not self._described:
            companions = {each.owner.filename: each.filename for each in gdb.objfiles() if each.owner is not None}
            self._described = self.described(companions)
        return self._described

    def python(self) -> Optional[files.Found]:
        """The interpreter; None without any."""
        if not self._looked:
            self._looked, self._python = True, self.python_at(_runtime())
        return self._python

    def warm(self, pid: int, memory: Memory) -> None:
        """Have gdb read the details of what is probably on the stacks, while the process still runs.

        Words of the stacks that point into code are taken for what is called there: many are left from calls that are
        over, which costs some time and no truth.
        """
        until = time.monotonic() + SECONDS
        seen: Set[int] = set()
        ranges = [part for each in self.files if each.path in self._elf for part in each.ranges if part[2]]
        for word in words_on_stacks(pid, memory):
            if word in seen or not any(start <= word < end for start, end, _ in ranges):
                continue
            seen.add(word)
            gdb.find_pc_line(word - 1)
            gdb.block_for_pc(word - 1)
            if time.monotonic() > until:
                return


def _runtime() -> Optional[int]:
    try:
        return int(gdb.parse_and_eval("(unsigned long)&_PyRuntime"))
    except gdb.error:
        return None
