"""The native side of a stopped process, by lldb: its calls with those that were compiled into them, and its registers.

lldb says at which addresses the calls of a thread go on. What stands there is asked for by address, once each.
"""
# ruff: noqa: FA100, ANN401, FBT003 - lldb's own Python may be older than this one, its types have no types

import re
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

import lldb

from . import cfi
from .lldb_files import Files, path_of
from .looking import Modules, is_last_part
from .memory import Memory, Unreadable
from .on_disk import OnDisk

#: Frames of one thread that are walked; a stack of 8 MiB has room for some ten thousand.
FRAMES = 60000
#: "<path::Type>::method", as the newer mangling has it, where others write path::Type::method.
_INHERENT = re.compile(r"^<([\w:]{1,1000})>::")
_NO_LINE = 0xFFFFFFFF


class Native(NamedTuple):
    """One native call, as `raw.NativeFrame` has it."""

    function: Optional[str]
    address: int
    module: Optional[str]
    file: Optional[str]
    line: Optional[int]
    inlined: bool
    language: str
    symbol: Optional[str]


def memory(process: Any, known: OnDisk) -> Memory:
    """The memory of the process that lldb looks at; what a core has not is as it is in the files."""

    def read(address: int, size: int) -> bytes:
        error = lldb.SBError()
        data = process.ReadMemory(address, size, error)
        if not error.Success() or len(data or b"") < size:
            data = known.content(address, size)
        return bytes(data)

    return Memory(read)


class Calls:
    """The native calls of a process's threads."""

    def __init__(self, known: Files, process: Any, read: Memory) -> None:
        self._known = known
        self._target = process.GetTarget()
        self._memory = read
        self.processor = self._target.GetTriple().partition("-")[0].replace("arm64", "aarch64")
        self._modules = Modules(known.files)
        self._files = {each.path: each for each in known.files}
        self._tables: Dict[str, cfi.Tables] = {}
        self._seen: Dict[int, List[Native]] = {}

    def of(self, thread: Any) -> Tuple[List[Tuple[Native, int]], Optional[str]]:
        """The calls of a thread, leaf first, each with the bytes to go back to its place; and why there are no more."""
        addresses, cut = self._addresses(thread)
        rows: List[Tuple[Native, int]] = []
        for address, back in addresses:
            rows.extend((frame._replace(address=address), back) for frame in self._at(address - back))
        return rows, cut

    def _addresses(self, thread: Any) -> Tuple[List[Tuple[int, int]], Optional[str]]:
        """Where each physical call goes on: as far as lldb sees, then as the tables for unwinding say."""
        found: List[Tuple[int, int]] = []
        last: Any = None
        for index in range(FRAMES):
            frame = thread.GetFrameAtIndex(index)
            if not frame.IsValid():
                break
            # Those that are compiled into one another are on the stack once; the address of the first is the true one.
            if frame.IsArtificial() or (last is not None and frame.GetCFA() == last.GetCFA()):
                continue
            last = frame
            found.append((frame.GetPC(), int(bool(found))))
            if _is_split(frame):
                break
        else:
            return found, f"only the last {FRAMES} native frames were read"
        return found, self._further(last, found) if last is not None else "lldb sees no frames of it"

    def _further(self, last: Any, found: List[Tuple[int, int]]) -> Optional[str]:
        """Go on from a frame; why it did not come to the root."""
        columns = cfi.PROCESSORS.get(self.processor)
        if columns is None or not self._known.files:
            return None
        pc, back = found[-1]
        registers = {number: register(last, name) for number, name in enumerate(columns.names)}
        known = {number: value for number, value in registers.items() if value is not None}
        frame = cfi.Frame(pc, known, not back)  # type: Optional[cfi.Frame]
        try:
            while frame is not None and len(found) < FRAMES:
                stack = frame.registers.get(columns.stack, 0)
                frame = cfi.caller(frame, self._tables_of(frame.pc), self._memory, self.processor)
                if frame is not None:
                    if frame.registers[columns.stack] <= stack:
                        return "the caller's frame is not above the frame that it called"
                    found.append((frame.pc, 1 - int(frame.interrupted)))
        except Unreadable as error:
            return f"lldb finds no caller, and {error}"
        return None

    def _tables_of(self, pc: int) -> cfi.Tables:
        path = self._modules.at(pc - 1)
        place = self._known.place(path) if path else None
        elf = self._known.elf(path) if path else None
        if path is None or place is None or elf is None:
            raise Unreadable(f"{pc:#x} is in no file that is here")
        if path not in self._tables:
            self._tables[path] = cfi.Tables(place, elf, self._files[path].start)
        return self._tables[path]

    def _at(self, place: int) -> List[Native]:
        """The call that an address belongs to, after those that were compiled into it."""
        if place not in self._seen:
            self._seen[place] = list(self._natives(place))
        return self._seen[place]

    def _natives(self, place: int) -> Iterator[Native]:
        address = self._target.ResolveLoadAddress(place)
        context = self._target.ResolveSymbolContextForAddress(address, lldb.eSymbolContextEverything)
        module = self._modules.at(place) or path_of(context.GetModule().GetFileSpec())
        language = _language(context)
        line = context.GetLineEntry()
        file, number = line.GetFileSpec(), line.GetLine()
        block = context.GetBlock().GetContainingInlinedBlock()
        while block.IsValid():
            yield Native(block.GetInlinedName(), place, module, path_of(file), _number(number), True, language, None)
            file, number = block.GetInlinedCallSiteFile(), block.GetInlinedCallSiteLine()
            block = block.GetParent().GetContainingInlinedBlock()
        function, symbol = _names(context, language)
        yield Native(function, place, module, path_of(file), _number(number), False, language, symbol)


def _is_split(frame: Any) -> bool:
    """Whether a function is in several parts, and the frame not in the first: lldb's own unwinding goes wrong there."""
    function, symbol = frame.GetFunction(), frame.GetSymbol()
    if not function.IsValid() or not symbol.IsValid():
        return False
    return bool(function.GetStartAddress().GetFileAddress() != symbol.GetStartAddress().GetFileAddress())


def _names(context: Any, language: str) -> Tuple[Optional[str], Optional[str]]:
    """The name of the function that an address is in, and its symbol where that is another one."""
    function, symbol = context.GetFunction(), context.GetSymbol()
    mangled = (symbol.GetMangledName() or symbol.GetName() or "") if symbol.IsValid() else ""
    # lldb numbers what has no symbol; what stands behind an @ is the version of a symbol of libc's.
    name = None if mangled.startswith("___lldb_unnamed_symbol") else mangled.partition("@")[0] or None
    if not function.IsValid():
        return name, None
    said = _INHERENT.sub(r"\1::", function.GetName() or "")
    if name and language == "rust" and is_last_part(said, name):
        return name, None
    return said, name if name != said else None


def _number(line: int) -> Optional[int]:
    return line if 0 < line < _NO_LINE else None


def _language(context: Any) -> str:
    """What the compiler says that it is; all but Rust counts as C, as with gdb."""
    unit = context.GetCompileUnit()
    if not unit.IsValid():
        return "unknown"
    return "rust" if unit.GetLanguage() == lldb.eLanguageTypeRust else "c"


def register(frame: Any, name: str) -> Optional[int]:
    """A register of a frame; None where it is not known."""
    value = frame.FindRegister(name)
    return int(value.GetValueAsUnsigned()) if value.IsValid() and value.GetValue() is not None else None


def registers(frame: Any) -> List[Tuple[str, int]]:
    """The general registers of a frame: those of a word's width, without their parts."""
    sets = frame.GetRegisters()
    general = sets.GetValueAtIndex(0) if sets.GetSize() else []
    return [
        (each.GetName(), int(each.GetValueAsUnsigned()))
        for each in general
        if each.GetValue() is not None and each.GetByteSize() == 8  # noqa: PLR2004 - bytes of a word
    ]
