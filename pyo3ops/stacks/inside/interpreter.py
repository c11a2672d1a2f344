"""CPython's threads and their calls, read out of memory by offsets; the same for live processes and for cores."""
# ruff: noqa: FA100 - a debugger's own Python may be 3.6, which has no such future

import contextlib
from typing import Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from .layout import Layout
from .line_tables import line_of
from .memory import Memory, Record, Unreadable
from .values import Objects

#: What is followed at most: a list that is longer is damaged, or was stopped in the middle of a change.
INTERPRETERS = 256
THREADS = 16384
CALLS = 20000
#: FRAME_OWNED_BY_CSTACK of pycore_frame.h (3.12, 3.13), or _BY_INTERPRETER and more (3.14 on): what the evaluation
#: loop pushes when it is entered.
_SHIM = 3
#: From 3.14 on the lowest bits of references in frames are tags (pycore_stackref.h).
_TAGS = 3
#: Bytes of a thread's state, at most.
_STATE = 4096
#: Bytes of code that one function may have, by far.
_CODE = 1 << 26
#: _Py_THREAD_ATTACHED of pycore_pystate.h, in builds without the lock.
_ATTACHED = 1


class Call(NamedTuple):
    """One call of the interpreter's own chain."""

    function: str
    file: str
    line: Optional[int]
    entry: bool
    shim: bool
    #: Where the frame is, for its variables.
    frame: int
    code: int


class State(NamedTuple):
    """What the interpreter knows of one thread."""

    address: int
    interpreter: int
    #: What `threading.get_ident()` says.
    ident: int
    #: The kernel's number, from 3.11 on.
    native: Optional[int]
    record: Record


class Lock(NamedTuple):
    """The lock of one interpreter: who has it (0: nobody), and the addresses that it covers."""

    holder: int
    start: int
    end: int


class _Code(NamedTuple):
    function: str
    file: str
    first: int
    lines: bytes


class Interpreter:
    """The interpreters of one process; `gaps` says what could not be read."""

    def __init__(self, memory: Memory, layout: Layout, runtime: int) -> None:
        self.memory = memory
        self.layout = layout
        self.objects = Objects(memory, layout)
        self.gaps: List[str] = []
        self._runtime = runtime
        self._codes: Dict[int, _Code] = {}

    def states(self) -> List[State]:
        """Every thread that an interpreter knows, the main one's interpreter last, as CPython lists them."""
        return [state for interpreter in self.interpreters() for state in self._states(interpreter)]

    def interpreters(self) -> Iterator[int]:
        """The address of each interpreter, the newest first."""
        address = self.memory.pointer(self._runtime + self.layout.at("runtime", "interpreters"))
        if not address:
            self.gaps.append("the interpreter is not started yet, or has ended")
        seen: Set[int] = set()
        while len(seen) < INTERPRETERS:
            if not address or self._again(seen, address, "interpreters"):
                return
            yield address
            address = self.memory.pointer(address + self.layout.at("interp", "next"))
        self.gaps.append(f"more than {INTERPRETERS} interpreters")

    def _states(self, interpreter: int) -> Iterator[State]:
        address = self.memory.pointer(interpreter + self.layout.at("interp", "threads"))
        seen: Set[int] = set()
        while len(seen) < THREADS:
            if not address or self._again(seen, address, "threads"):
                return
            record = self.memory.record(address, self.layout.structs["tstate"])
            if record.pointer("interp") != interpreter:
                raise Unreadable(f"the thread state at {address:#x} does not point to its interpreter")
            native = record.pointer("native_thread_id") if "native_thread_id" in record else None
            yield State(address, interpreter, record.pointer("thread_id"), native, record)
            address = record.pointer("next")
        self.gaps.append(f"more than {THREADS} threads")

    def _again(self, seen: Set[int], address: int, of_what: str) -> bool:
        """Whether a list comes back to where it was, which is a gap; else the address is among those seen."""
        if address in seen:
            self.gaps.append(f"the list of {of_what} is damaged: it comes back to {address:#x}")
            return True
        seen.add(address)
        return False

    def lock(self, interpreter: int) -> Optional[Lock]:
        """The lock of an interpreter; None where it runs without."""
        if self.layout.free_threaded and not self._uses_lock(interpreter):
            return None
        start = self._lock_at(interpreter)
        locked = self.memory.integer(start + self.layout.at("gil", "locked")) == 1
        holder = self.memory.pointer(start + self.layout.at("gil", "last_holder")) if locked else 0
        return Lock(holder, start, start + self.layout.structs["gil"].get("size", 208))

    def _lock_at(self, interpreter: int) -> int:
        if self.layout.has("interp", "gil"):
            return self.memory.pointer(interpreter + self.layout.at("interp", "gil"))
        return self._runtime + self.layout.at("runtime", "gil")

    def _uses_lock(self, interpreter: int) -> bool:
        """Whether a build without the lock has it on; not, where nothing tells."""
        known = self.layout.has("gil", "enabled")
        return known and self.memory.integer(self._lock_at(interpreter) + self.layout.at("gil", "enabled")) != 0

    def without_lock(self) -> bool:
        """Whether threads run Python side by side: a build that can do so may still use the lock."""
        return self.layout.free_threaded and not any(self.lock(each) for each in self.interpreters())

    def attached(self, state: State) -> bool:
        """Whether a thread may run Python, in a build without the lock; raises `Unreadable` where nothing tells."""
        return state.record.integer("state") == _ATTACHED

    def calls(self, state: State) -> Tuple[List[Call], Optional[str]]:
        """The calls of a thread, leaf first, and why there are not all of them."""
        calls: List[Call] = []
        try:
            for call in self._calls(state):
                calls.append(call)
                if len(calls) == CALLS:
                    return self._with_entries(calls), f"only the last {CALLS} Python calls were read"
        except Unreadable as error:
            return self._with_entries(calls), f"Python calls cannot be read any further: {error}"
        return self._with_entries(calls), None

    def marks(self, state: State, calls: List[Call]) -> List[int]:
        """Addresses of what each evaluation loop of a thread keeps on its own stack; empty before 3.10."""
        if self.layout.version >= (3, 12):
            return [call.frame for call in calls if call.shim]
        marks: List[int] = []
        seen: Set[int] = set()
        address = state.record.pointer("cframe") if "cframe" in state.record else 0
        with contextlib.suppress(Unreadable):
            # The first one is in the thread's state, and what it has for the one before it is no address.
            while address and len(marks) < CALLS and not state.address <= address < state.address + _STATE:
                if address in seen:
                    break
                seen.add(address)
                marks.append(address)
                address = self.memory.pointer(address + self.layout.at("cframe", "previous"))
        return marks

    def newest(self, state: State) -> Optional[Call]:
        """The call that a thread is in; raises `Unreadable`."""
        return next(self._calls(state), None)

    def _calls(self, state: State) -> Iterator[Call]:
        frame = self._newest(state.record)
        seen: Set[int] = set()
        while frame:
            if frame in seen:
                raise Unreadable(f"the call at {frame:#x} comes twice")
            seen.add(frame)
            record = self.memory.record(frame, self.layout.structs["frame"])
            yield self._call(frame, record)
            frame = record.pointer("previous")

    def _newest(self, record: Record) -> int:
        if "cframe" in record and "frame" not in record:
            cframe = record.pointer("cframe")
            return self.memory.pointer(cframe + self.layout.at("cframe", "current_frame")) if cframe else 0
        return record.pointer("current_frame" if "current_frame" in record else "frame")

    def _call(self, frame: int, record: Record) -> Call:
        if self.layout.version >= (3, 12) and record.byte("owner") >= _SHIM:
            return Call("", "", None, entry=False, shim=True, frame=frame, code=0)
        address = record.pointer("code") & ~_TAGS
        code = self._code(address)
        line = line_of(self.layout.version, code.lines, code.first, self._offset(record, address))
        entry = bool(record.byte("is_entry")) if "is_entry" in record else self.layout.version < (3, 11)
        return Call(code.function, code.file, line, entry, shim=False, frame=frame, code=address)

    def _offset(self, record: Record, code: int) -> int:
        """Bytes from the beginning of the code to the instruction; negative before the first."""
        if "lasti" in record:
            return record.integer("lasti") * (2 if self.layout.version == (3, 10) else 1)
        offset = record.pointer("instr") - self._bytecode(record, code)
        return offset if abs(offset) < _CODE else _CODE

    def _bytecode(self, record: Record, code: int) -> int:
        """Where the instructions begin that a call runs: builds without the lock give threads copies (3.14 on)."""
        own = code + self.layout.at("code", "bytecode")
        if not self.layout.has("code", "copies") or "copy" not in record:
            return own
        copies, index = self.memory.pointer(code + self.layout.at("code", "copies")), record.integer("copy")
        # Their number stands before the addresses (_PyCodeArray); the first one is the code's own.
        if not copies or not 0 < index < self.memory.signed(copies):
            return own
        return self.memory.pointer(copies + 8 + 8 * index) or own

    def _code(self, address: int) -> _Code:
        if address not in self._codes:
            record = self.memory.record(address, self.layout.structs["code"])
            name = record.pointer("qualname" if "qualname" in record else "name")
            self._codes[address] = _Code(
                self.objects.text(name),
                self.objects.text(record.pointer("filename")),
                record.integer("firstlineno"),
                self.objects.data(record.pointer("lines")),
            )
        return self._codes[address]

    def _with_entries(self, calls: List[Call]) -> List[Call]:
        """From 3.12 on the call before a shim is the one that the evaluation loop was entered for."""
        if self.layout.version < (3, 12):
            return calls
        older = [call.shim for call in calls[1:]] + [True]
        return [call._replace(entry=not call.shim and shim) for call, shim in zip(calls, older)]
