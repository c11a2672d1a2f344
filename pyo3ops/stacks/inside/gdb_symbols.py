"""Symbols of the files in a process: read before it is stopped, and kept from one look to the next.

gdb's own list of libraries is left empty. What it reads by itself it reads while the process stands still, and forgets
when it lets go of it; files that are added by hand stay, wherever they lie.
"""
# ruff: noqa: FA100 - gdb's own Python may be 3.6, which has no such future

import contextlib
import os
import struct
import time
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Optional, Set

import gdb

from . import files
from .memory import Memory, Unreadable

#: Bytes of each stack, and threads, whose stacks are looked through for addresses of code; seconds that it may take.
STACK = 32768
THREADS = 64
SECONDS = 2.0


class Symbols:
    """The files in a process; `gaps` says what could not be read of them."""

    def __init__(self, mapped: List[files.Mapped], folders: Iterable[str] = (), proc: Optional[str] = None) -> None:
        """`folders` hold `.build-id/xx/yyyy.debug`; `proc` is the process's own one below /proc."""
        self.files = [each for each in mapped if each.code]
        self._proc = proc
        self.gaps: List[str] = []
        self._folders = tuple(folders)
        self._elf: Dict[str, files.Elf] = {}
        #: The file on disk in place of one of the process.
        self._place: Dict[str, str] = {}
        self._build_ids: Dict[str, Optional[str]] = {}
        self._described: List[Dict[str, Any]] = []
        self._python: Optional[files.Found] = None
        self._looked = False

    def find(self, memory: Optional[Memory] = None, executable: str = "", instead: Optional[str] = None) -> None:
        """Find the files on disk; `instead` is where the executable is, if not where the process says.

        `memory` tells whether a file is still the one that was loaded, by its build ID.
        """
        if instead and executable:
            self._place[executable] = instead
        for each in self.files:
            self._try_to_find(each, memory)

    def load(self, executable: Optional[str]) -> None:
        """Have gdb read the symbols of every file that was found, where it lies in the process."""
        place = self.place(executable) if executable else None
        if place:
            gdb.execute(f"exec-file {quoted(place)}", to_string=True)
        elif executable:
            self.gaps.append(f"the executable {executable} is not here")
        for each in self.files:
            if each.path in self._elf:
                self._add(each)

    def place(self, path: str) -> Optional[str]:
        """Where a file of the process was found; None where it was not."""
        return self._place.get(path) if path in self._elf else None

    def _try_to_find(self, each: files.Mapped, memory: Optional[Memory]) -> None:
        try:
            self._find(each, memory)
        except (OSError, ValueError, struct.error) as error:
            self.gaps.append(f"{each.path} cannot be read, and has no symbols here: {error}")

    def _find(self, each: files.Mapped, memory: Optional[Memory]) -> None:
        """Find the file, or another with the same build ID."""
        wanted = _build_id_in(memory, each.start) if memory else None
        self._build_ids[each.path] = wanted
        for place in self._places(each, wanted):
            elf = files.read_elf(place)
            found = files.build_id(place, elf) if elf else None
            if elf is not None and (not wanted or found in {None, wanted}):
                self._elf[each.path], self._place[each.path] = elf, place
                self._build_ids[each.path] = wanted or found
                return
        if _looks_like_a_library(each.path):
            why = "was replaced since it was loaded" if Path(each.path).exists() else "is not here"
            self.gaps.append(f"{each.path} {why}: its symbols are missing")

    def _places(self, each: files.Mapped, build_id: Optional[str]) -> Iterator[str]:
        """Where a file may be, the likeliest place first."""
        named = self._place.get(each.path)
        if named:
            yield named
        if not each.deleted or build_id:
            # A process in a container has other files under the same paths.
            inside = f"{self._proc}/root{each.path}" if self._proc else each.path
            yield each.path if _same(each.path, inside) else inside
        if self._proc:
            yield "{}/map_files/{:x}-{:x}".format(self._proc, *each.ranges[0][:2])
        if build_id:
            yield from self._by_id(build_id)

    def _by_id(self, build_id: str) -> Iterator[str]:
        for folder in self._folders:
            for ending in ("", ".debug"):
                yield f"{folder}/.build-id/{build_id[:2]}/{build_id[2:]}{ending}"

    def _add(self, each: files.Mapped) -> None:
        offset = files.bias(self._elf[each.path], each.start)
        try:
            gdb.execute(f"add-symbol-file {quoted(self._place[each.path])} -o {offset:#x}", to_string=True)
        except gdb.error as error:
            self.gaps.append(f"gdb cannot read the symbols of {each.path}: {error}")

    def described(self) -> List[Dict[str, Any]]:
        """The modules as `model.Module` has them."""
        if self._described:
            return self._described
        companions = {each.owner.filename: each.filename for each in gdb.objfiles() if each.owner is not None}
        self._described = [
            {
                "path": each.path,
                "base": each.start,
                "build_id": self._build_ids.get(each.path),
                "symbols": self._symbols(each.path, companions),
            }
            for each in self.files
            if each.path in self._elf or _looks_like_a_library(each.path)
        ]
        return self._described

    def _symbols(self, path: str, companions: Dict[str, str]) -> Optional[str]:
        elf = self._elf.get(path)
        if elf is None:
            return None
        place = self._place[path]
        whole = elf.section(".debug_info") or elf.section(".symtab")
        return companions.get(os.path.realpath(place), place if whole else None)

    def python(self) -> Optional[files.Found]:
        """The interpreter; None without any."""
        if not self._looked:
            self._looked, self._python = True, self._told_of_python()
        return self._python

    def _told_of_python(self) -> Optional[files.Found]:
        runtime = _runtime()
        each = next((each for each in self.files if each.path in self._elf and self._is_python(each, runtime)), None)
        if each is None:
            return files.Found(None, None, runtime) if runtime else None
        elf = self._elf[each.path]
        section = elf.section(".PyRuntime")
        if runtime is None and section is not None:
            runtime = section.address + files.bias(elf, each.start)
        return files.Found(*files.python_version(each.path, self._place[each.path], elf), runtime)

    def _is_python(self, each: files.Mapped, runtime: Optional[int]) -> bool:
        if runtime is not None:
            start = min(start for start, _, _ in each.ranges)
            return start <= runtime < start + _extent(self._elf[each.path])
        return self._elf[each.path].section(".PyRuntime") is not None

    def warm(self, pid: int, memory: Memory) -> None:
        """Have gdb read the details of what is probably on the stacks, while the process still runs.

        Words of the stacks that point into code are taken for what is called there: many are left from calls that are
        over, which costs some time and no truth.
        """
        until = time.monotonic() + SECONDS
        seen: Set[int] = set()
        ranges = [part for each in self.files if each.path in self._elf for part in each.ranges if part[2]]
        for top in _tops(pid):
            for word in _words(memory, top):
                if word in seen or not any(start <= word < end for start, end, _ in ranges):
                    continue
                seen.add(word)
                gdb.find_pc_line(word - 1)
                gdb.block_for_pc(word - 1)
                if time.monotonic() > until:
                    return


def quoted(path: str) -> str:
    """A path as gdb takes it."""
    return '"{}"'.format(path.replace("\\", "\\\\").replace('"', '\\"'))


def _same(path: str, other: str) -> bool:
    """Whether two paths lead to one file; what cannot be looked at is taken for the same."""
    try:
        return Path(path).samefile(other)
    except OSError:
        return not Path(other).exists()


def _runtime() -> Optional[int]:
    try:
        return int(gdb.parse_and_eval("(unsigned long)&_PyRuntime"))
    except gdb.error:
        return None


def _extent(elf: files.Elf) -> int:
    loads = [each for each in elf.segments if each.kind == 1]
    return max(each.address + each.memory_size for each in loads) - min(each.address for each in loads)


def _looks_like_a_library(path: str) -> bool:
    return ".so" in path or "/bin/" in path


def _build_id_in(memory: Optional[Memory], start: int) -> Optional[str]:
    """The build ID that a core kept of a file, in its first page."""
    try:
        return files.build_id_of(memory.block(start, 4096)) if memory else None
    except (Unreadable, struct.error):
        return None


def _tops(pid: int) -> Iterator[int]:
    """The stack pointers of the threads that wait in the kernel, without stopping them (proc(5), syscall)."""
    threads = sorted(Path(f"/proc/{pid}/task").iterdir(), key=lambda each: int(each.name))
    for thread in threads[:THREADS]:
        with contextlib.suppress(OSError):
            words = (thread / "syscall").read_text(encoding="ascii").split()
            if len(words) > 2:  # noqa: PLR2004 - "running" is one word
                yield int(words[-2], 16)


def _words(memory: Memory, top: int) -> Iterator[int]:
    """The words above a stack pointer, page by page: the next page may not be there."""
    with contextlib.suppress(Unreadable):
        for at in range(top & ~7, top + STACK, 4096):
            yield from struct.unpack("<512Q", memory.block(at, 4096))
