"""The native side of a stopped process, by lldb: its calls with those that were compiled into them, and its registers.

lldb says at which addresses the calls of a thread go on. What stands there is asked for by address, once each.
"""
# ruff: noqa: FA100, ANN401, FBT003 - lldb's own Python may be older than this one, its types have no types

import contextlib
import re
import struct
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

import lldb

from . import cfi, files
from .interpreter import Interpreter
from .lldb_files import Files, path_of
from .looking import Modules, is_last_part
from .memory import Memory, Unreadable
from .on_disk import OnDisk

#: Frames of one thread that are walked; a stack of 8 MiB has room for some ten thousand.
FRAMES = 60000
#: The number of futex(2) on each processor, and where a core has the registers of the number and of its first argument.
_FUTEX = {"x86_64": (202, 15, 14), "aarch64": (98, 8, 0)}
_FS_BASE = 21
#: Where glibc has a thread's number in what `pthread_self()` points to (struct pthread, tid).
_TID = {"x86_64": 0x2D0, "aarch64": 0xD0}
#: PT_NOTE, NT_PRSTATUS, where the registers begin in it, and bytes of notes that are read.
_NOTE, _PRSTATUS, _REGISTERS, NOTES = 4, 1, 112, 64 << 20
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


class Kernel:
    """What the kernel knows of threads and a debugger does not say: /proc of a process, the notes of a core."""

    def __init__(self, processor: str, pid: Optional[int] = None, notes: Optional[Dict[int, bytes]] = None) -> None:
        self._processor = processor
        self._pid = pid
        self._notes = notes or {}
        #: What `pthread_self()` says, by the thread's number, as far as the interpreter's threads tell.
        self.idents: Dict[int, int] = {}

    def ident(self, thread: Any) -> Optional[int]:
        """What `pthread_self()` says in a thread: a register of x86-64, which lldb 14 has of cores alone."""
        said = None
        if self._processor == "x86_64":
            said = register(thread.GetFrameAtIndex(0), "fs_base") or self._word(thread, _FS_BASE)
        return said or self.idents.get(thread.GetThreadID())

    def waits_at(self, thread: Any) -> Optional[int]:
        """The address that a thread waits at in futex(2)."""
        if self._processor not in _FUTEX:
            return None
        number, register_of_number, register_of_argument = _FUTEX[self._processor]
        if self._pid is None:
            called = self._word(thread, register_of_number)
            return self._word(thread, register_of_argument) if called == number else None
        try:
            words = Path(f"/proc/{self._pid}/task/{thread.GetThreadID()}/syscall").read_text(encoding="ascii").split()
        except OSError:
            return None
        return int(words[1], 16) if words[:1] == [str(number)] else None

    def _word(self, thread: Any, index: int) -> Optional[int]:
        """A register as the kernel wrote it into a core (struct elf_prstatus, of which they are the last but one)."""
        note = self._notes.get(thread.GetThreadID(), b"")
        at = _REGISTERS + 8 * index
        return int(struct.unpack_from("<Q", note, at)[0]) if len(note) >= at + 8 else None


def idents(interpreter: Interpreter, processor: str) -> Dict[int, int]:
    """What `pthread_self()` says by the kernel's number of a thread, which glibc keeps there."""
    found: Dict[int, int] = {}
    if processor in _TID:
        with contextlib.suppress(Unreadable):
            for state in interpreter.states():
                found[interpreter.memory.integer(state.ident + _TID[processor])] = state.ident
    return found


def notes_of_threads(path: str, elf: files.Elf) -> Dict[int, bytes]:
    """The note with the registers of each thread in a core, by the thread's number."""
    found: Dict[int, bytes] = {}
    with open(path, "rb") as file:  # noqa: PTH123 - it is read in parts
        for segment in elf.segments:
            if segment.kind == _NOTE:
                file.seek(segment.offset)
                for _, kind, note in files.notes(file.read(min(segment.file_size, NOTES))):
                    if kind == _PRSTATUS and len(note) > _REGISTERS:
                        found[struct.unpack_from("<i", note, 32)[0]] = note
    return found
