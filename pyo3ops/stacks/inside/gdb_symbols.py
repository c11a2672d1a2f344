"""Symbols of the files in a process: read before it is stopped, and kept from one look to the next.

gdb's own list of libraries is left empty. What it reads by itself it reads while the process stands still, and forgets
when it lets go of it; files that are added by hand stay, wherever they lie.
"""
# ruff: noqa: FA100 - gdb's own Python may be 3.6, which has no such future

import os
import time
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Set

import gdb

from . import files
from .commands import line, quoted
from .looking import Modules, words_on_stacks
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
        self._loaded: Set[str] = set()
        self._asked = False

    def take(self, executable: Optional[str]) -> None:
        """Tell gdb which program it is: else it reads the one that it finds, when it stops the process."""
        place = self.place(executable) if executable else None
        if place:
            self._run(place)
        elif executable:
            self.gaps.append(f"the executable {executable} is not here")

    def load(self, words: Optional[Iterable[int]] = None) -> None:
        """Have gdb read the symbols of the files that were found, where they lie in the process, each once.

        Of those alone into whose code one of `words` points, if there are any: no other one can have a call on a stack
        that was copied, and a program may have hundreds.
        """
        needed = None if words is None else set(map(self._code().at, words))
        for each in self.files:
            if each.path not in self._elf or each.path in self._loaded:
                continue
            if needed is None or each.path in needed:
                self._loaded.add(each.path)
                self._described = []
            self._add(each, really=each.path in self._loaded)

    def _code(self) -> Modules:
        return Modules([each for each in self.files if each.path in self._elf], code=True)

    def _run(self, place: str) -> None:
        try:
            gdb.execute(line(f"exec-file {quoted(place)}"), to_string=True)
        except Unreadable as error:
            self.gaps.append(f"gdb cannot read the executable: {error}")

    def _add(self, each: files.Mapped, *, really: bool) -> None:
        """Have gdb read a file, or only find out whether it could be told to."""
        offset = files.bias(self._elf[each.path], each.start)
        try:
            command = line(f"add-symbol-file {quoted(self._place[each.path])} -o {offset:#x}")
            if really:
                gdb.execute(command, to_string=True)
        except Unreadable as error:
            self.gaps.append(f"gdb cannot read the symbols of a file: {error}")
        except gdb.error as error:
            self.gaps.append(f"gdb cannot read the symbols of {each.path}: {error}")

    def modules(self) -> List[Dict[str, Any]]:
        """The modules as `model.Module` has them."""
        if not self._described:
            companions = {each.owner.filename: each.filename for each in gdb.objfiles() if each.owner is not None}
            self._described = self.described({**self._unread(), **companions})
        return self._described

    def _unread(self) -> Dict[str, str]:
        """The companions, by build ID, of files that gdb had no need to read."""
        folders = str(gdb.parameter("debug-file-directory")).split(os.pathsep)
        found: Dict[str, str] = {}
        for path in set(self._elf) - self._loaded:
            build_id = self._build_ids.get(path) or ""
            places = (Path(each, ".build-id", build_id[:2], f"{build_id[2:]}.debug") for each in folders if build_id)
            place = next((each for each in places if each.is_file()), None)
            if place is not None:
                found[os.path.realpath(self._place[path])] = str(place)
        return found

    def python(self) -> Optional[files.Found]:
        """The interpreter; None without any."""
        if self._python is None:
            self._python = self.python_at(self._exported())
        if (self._python is None or self._python.runtime is None) and not self._asked:
            self._asked = bool(self._loaded)
            # Only what its symbols name is left.
            self._python = self.python_at(_runtime())
        return self._python

    def _exported(self) -> Optional[int]:
        """Where `_PyRuntime` is by what files export, before 3.10: since then it has a section of its own."""
        known = [(each, self._elf[each.path]) for each in self.files if each.path in self._elf]
        if any(elf.section(files.RUNTIME) for _, elf in known):
            return None
        places = ((each, elf, files.exported(self._place[each.path], elf, b"_PyRuntime")) for each, elf in known)
        return next((at + files.bias(elf, each.start) for each, elf, at in places if at), None)

    def warm(self, pid: int, memory: Memory) -> None:
        """Have gdb read the details of what is probably on the stacks, while the process still runs.

        Words of the stacks that point into code are taken for what is called there: many are left from calls that are
        over, which costs some time and no truth.
        """
        until = time.monotonic() + SECONDS
        code = self._code()
        for word in set(words_on_stacks(pid, memory)):
            if code.at(word) is None:
                continue
            gdb.find_pc_line(word - 1)
            gdb.block_for_pc(word - 1)
            if time.monotonic() > until:
                return


def _runtime() -> Optional[int]:
    try:
        return int(gdb.parse_and_eval("(unsigned long)&_PyRuntime"))
    except gdb.error:
        return None
