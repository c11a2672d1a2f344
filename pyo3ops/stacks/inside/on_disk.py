"""The files of a process found on disk again: the same ones, by their build IDs, or what is missing in words."""
# ruff: noqa: FA100 - a debugger's own Python may be 3.6, which has no such future

import os
import re
import struct
from pathlib import Path
from typing import Any, BinaryIO, Dict, Iterable, Iterator, List, Optional

from . import files
from .layout import COOKIE
from .memory import Memory, Unreadable

#: PT_LOAD, PF_W, and bytes of the header of an ELF file.
_LOAD, _WRITE, _HEAD = 1, 2, 64
#: Below a folder of symbols: files of the process under the paths that they had there, wherever they are.
BY_PATH = ".by-path"
_GONE = " (deleted)"
#: "libpython3.13.so.1.0", "python3.13".
_PYTHON = re.compile(r"(?:lib)?python(3\.[0-9]{1,2})(?:t|d|td)?(?:\.so[0-9.]*)?\Z")
#: Bytes at the beginning of a file that tell it from another one.
_PAGE = 4096
#: Bytes of a library's data in which the interpreter is looked for.
_DATA = 64 << 20


class OnDisk:
    """The files in a process; `gaps` says what could not be read of them."""

    def __init__(self, mapped: List[files.Mapped], folders: Iterable[str] = (), proc: Optional[str] = None) -> None:
        """`folders` hold `.build-id/xx/yyyy.debug`, or files `BY_PATH`; `proc` is the process's own one below /proc."""
        self.files = [each for each in mapped if each.code]
        self.gaps: List[str] = []
        self._proc = proc
        self._folders = tuple(folders)
        self._elf: Dict[str, files.Elf] = {}
        #: The file on disk in place of one of the process.
        self._place: Dict[str, str] = {}
        self._build_ids: Dict[str, Optional[str]] = {}
        #: Where the interpreter lies whose file is not here.
        self._homeless: Optional[int] = None

    def find(self, memory: Optional[Memory] = None, executable: str = "", instead: Optional[str] = None) -> None:
        """Find the files on disk; `instead` is where the executable is, if not where the process says.

        `memory` tells whether a file is still the one that was loaded, by its build ID.
        """
        if instead and executable:
            self._place[_bare(executable)] = instead
        for each in self.files:
            self._try_to_find(each, memory)
        if memory:
            lost = (_runtime_in(memory, each) for each in self._lost() if _minor(each.path))
            self._homeless = next((at for at in lost if at), None)

    def place(self, path: str) -> Optional[str]:
        """Where a file of the process was found; None where it was not."""
        path = _bare(path)
        return self._place.get(path) if path in self._elf else None

    def _lost(self) -> Iterator[files.Mapped]:
        """The files that were not found."""
        return (each for each in self.files if each.path not in self._elf)

    def elf(self, path: str) -> Optional[files.Elf]:
        """The headers of a file of the process; None where it was not found."""
        return self._elf.get(path)

    def _try_to_find(self, each: files.Mapped, memory: Optional[Memory]) -> None:
        try:
            self._find(each, memory)
        except (OSError, ValueError, struct.error) as error:
            self.gaps.append(f"{each.path} cannot be read, and has no symbols here: {error}")

    def _find(self, each: files.Mapped, memory: Optional[Memory]) -> None:
        """Find the file, or another with the same build ID."""
        wanted = _build_id_in(memory, each.start) if memory else None
        self._build_ids[each.path] = wanted
        others = False
        for place in self._places(each, wanted):
            elf = files.read_elf(place)
            if elf is None:
                others = others or Path(place).exists()
                continue
            found = files.build_id(place, elf)
            if found == wanted if wanted else _begins_so(place, memory, each.start):
                self._elf[each.path], self._place[each.path] = elf, place
                self._build_ids[each.path] = wanted or found
                return
            others = True
        if looks_like_a_library(each.path):
            why = "was replaced since it was loaded" if others else "is not here"
            self.gaps.append(f"{each.path} {why}: its symbols are missing")

    def _places(self, each: files.Mapped, build_id: Optional[str]) -> Iterator[str]:
        """Where a file may be, the likeliest place first."""
        named = self._place.get(each.path)
        if named:
            yield named
        for folder in self._folders:
            yield f"{folder}/{BY_PATH}{each.path}"
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

    def content(self, address: int, size: int) -> bytes:
        """What the file that lies at an address of the process has there; raises `Unreadable`.

        The system leaves pages out of a core that are as they were in the file. What the process may write to is not
        among them: there, the file has the values that variables began with.
        """
        for each in self.files:
            elf = self._elf.get(each.path)
            if elf is None or not any(start <= address < end for start, end, _ in each.ranges):
                continue
            place = address - files.bias(elf, each.start)
            with files.opened(self._place[each.path]) as file:
                for part, writable in zip(elf.segments, _writable(file, len(elf.segments))):
                    if part.kind == _LOAD and part.address <= place <= part.address + part.file_size - size:
                        if writable:
                            raise Unreadable(f"{address:#x} is not in memory, and the file has what it began with")
                        file.seek(part.offset + place - part.address)
                        return file.read(size)
        raise Unreadable(f"{address:#x} is neither in memory nor in a file that is here")

    def described(self, companions: Dict[str, str]) -> List[Dict[str, Any]]:
        """The modules as `model.Module` has them; `companions` has files of symbols by the file that they belong to."""
        return [
            {
                "path": each.path,
                "base": each.start,
                "build_id": self._build_ids.get(each.path),
                "symbols": self._symbols(each.path, companions),
            }
            for each in self.files
            if each.path in self._elf or looks_like_a_library(each.path)
        ]

    def _symbols(self, path: str, companions: Dict[str, str]) -> Optional[str]:
        elf = self._elf.get(path)
        if elf is None:
            return None
        place = self._place[path]
        whole = elf.section(".debug_info") or elf.section(".symtab")
        return companions.get(os.path.realpath(place), place if whole else None)

    def python_at(self, runtime: Optional[int]) -> Optional[files.Found]:
        """The interpreter; None without any. `runtime` is what a debugger says of `_PyRuntime`."""
        each = next((each for each in self.files if each.path in self._elf and self._is_python(each, runtime)), None)
        if each is None:
            lost = next((each for each in self._lost() if _minor(each.path)), None)
            if runtime is None and lost is None:
                return None
            return files.Found(_minor(lost.path) if lost else None, None, runtime or self._homeless)
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


def _bare(path: str) -> str:
    """A path without what /proc says behind that of a file that is gone."""
    return path[: -len(_GONE)] if path.endswith(_GONE) else path


def looks_like_a_library(path: str) -> bool:
    """True for what is a program or a library by its name."""
    return ".so" in path or "/bin/" in path


def _writable(file: BinaryIO, count: int) -> List[bool]:
    """Which of a file's segments a process may write to."""
    head = file.read(_HEAD)
    table, size = struct.unpack_from("<Q", head, 32)[0], struct.unpack_from("<H", head, 54)[0]
    rows = files.part(file, table, size * count)
    return [bool(struct.unpack_from("<I", rows, size * index + 4)[0] & _WRITE) for index in range(count)]


def _same(path: str, other: str) -> bool:
    """Whether two paths lead to one file; what cannot be looked at is taken for the same."""
    try:
        return Path(path).samefile(other)
    except OSError:
        return not Path(other).exists()


def _extent(elf: files.Elf) -> int:
    loads = [each for each in elf.segments if each.kind == _LOAD]
    return max(each.address + each.memory_size for each in loads) - min(each.address for each in loads)


def _minor(path: str) -> Optional[str]:
    """The minor version of what is called as an interpreter is."""
    named = _PYTHON.match(path.rpartition("/")[2])
    return named.group(1) if named else None


def _begins_so(place: str, memory: Optional[Memory], start: int) -> bool:
    """Whether a file without a build ID begins as what was loaded; true where the memory does not tell."""
    try:
        page = memory.block(start, _PAGE) if memory else b""
    except Unreadable:
        return True
    with files.opened(place) as file:
        return not page or file.read(_PAGE) == page


def _runtime_in(memory: Memory, each: files.Mapped) -> Optional[int]:
    """Where an interpreter of 3.13 or later lies in a library's data, by the word that it begins with."""
    for start, end, _ in each.ranges:
        try:
            at = memory.block(start, min(end - start, _DATA)).find(COOKIE)
        except Unreadable:
            continue
        if at >= 0:
            return start + at
    return None


def _build_id_in(memory: Optional[Memory], start: int) -> Optional[str]:
    """The build ID that a process has of a file, in its first page."""
    try:
        return files.build_id_of(memory.block(start, 4096)) if memory else None
    except (Unreadable, struct.error):
        return None
