"""What the kernel knows of threads and lldb does not say: /proc of a process, the notes of a core."""
# ruff: noqa: FA100, ANN401 - lldb's own Python may be older than this one, its types have no types

import contextlib
import struct
from pathlib import Path
from typing import Any, Dict, Optional

from . import files
from .interpreter import Interpreter
from .lldb_native import register
from .memory import Unreadable

#: The number of futex(2) on each processor, and where a core has the registers of the number and of its first argument.
_FUTEX = {"x86_64": (202, 15, 14), "aarch64": (98, 8, 0)}
_FS_BASE = 21
#: Where glibc has a thread's number in what `pthread_self()` points to (struct pthread, tid).
_TID = {"x86_64": 0x2D0, "aarch64": 0xD0}
#: PT_NOTE, NT_PRSTATUS, where the registers begin in it, and bytes of notes that are read.
_NOTE, _PRSTATUS, _REGISTERS, NOTES = 4, 1, 112, 64 << 20


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
