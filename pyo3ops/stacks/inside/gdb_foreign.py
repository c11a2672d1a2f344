"""Python breakpoints in threads that Rust starts, before 3.12: `sys.settrace` is for one thread alone.

Such a thread gets its state in PyGILState_Ensure. Where that returns, the thread holds the interpreter, and has run no
Python yet: it is given the trace function of the thread that began, as that thread's own state has it.
"""
# ruff: noqa: FA100 - gdb's own Python may be 3.6, and gdb has no types

import struct
from typing import Callable, List, NamedTuple

import gdb

from . import gdb_native
from .interpreter import Interpreter
from .memory import Unreadable

_ENTERS = "PyGILState_Ensure"
#: Bytes of a state that are looked through, and instructions of one function.
_STATE, _INSTRUCTIONS = 512, 400
#: From c_traceobj back to c_tracefunc, and to what says that anything is traced: in the state itself before 3.10, and
#: then in what its `cframe` points to (Include/cpython/pystate.h).
_FUNCTION, _FLAG = 16, 32


class Tracing(NamedTuple):
    """A thread's trace function, and where states keep it."""

    #: Bytes from the beginning of a state to its c_traceobj.
    at: int
    function: int
    traced: int
    #: What says that anything is traced.
    flag: bytes


class Entered(gdb.Breakpoint):  # type: ignore[misc] # gdb has no types
    """Where a thread has got its state; nothing stops there."""

    def __init__(self, address: int, interpreter: Interpreter, tracing: Tracing, say: Callable[[str], None]) -> None:
        super().__init__(f"*{address:#x}", internal=True)
        self.silent = True
        self._interpreter = interpreter
        self._tracing = tracing
        self._say = say
        self._processor = gdb_native.architecture()

    def stop(self) -> bool:
        """Have the thread traced, if it is not."""
        try:
            ident = gdb_native.ident(self._processor)
            for state in self._interpreter.states():
                if state.ident == ident:
                    _trace(self._interpreter, state.address, self._tracing)
        except (Unreadable, gdb.error) as error:
            # It goes on as it would have without.
            self._say(str(error))
        return False


def watch(interpreter: Interpreter, traced: int, say: Callable[[str], None]) -> List[Entered]:
    """Trace every thread from now on; `traced` is where the trace function is, `say` is told what goes wrong later.

    Raises `Unreadable`, with a reason, where it cannot be done.
    """
    tracing = _tracing(interpreter, traced)
    return [Entered(address, interpreter, tracing, say) for address in _returns()]


def _tracing(interpreter: Interpreter, traced: int) -> Tracing:
    """How the thread that began is traced: found by what it traces with, wherever this release keeps that."""
    state = interpreter.states()[-1].address
    data = interpreter.memory.block(state, _STATE)
    at = next((each for each in range(_FLAG, len(data), 8) if _pointer(data, each) == traced), None)
    function = _pointer(data, at - _FUNCTION) if at is not None else 0
    if at is None or not function:
        raise Unreadable("the state of the first thread does not show how it is traced")
    flag = interpreter.memory.block(_flag(interpreter, state, at), 1)
    if flag == b"\0":
        raise Unreadable("the state of the first thread does not show that it is traced")
    return Tracing(at, function, traced, flag)


def _pointer(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<Q", data, at)[0])


def _flag(interpreter: Interpreter, state: int, at: int) -> int:
    place = state + at - _FLAG
    return place if interpreter.layout.version < (3, 10) else interpreter.memory.pointer(place)


def _trace(interpreter: Interpreter, state: int, tracing: Tracing) -> None:
    memory, write = interpreter.memory, gdb.selected_inferior().write_memory
    if memory.pointer(state + tracing.at - _FUNCTION):
        return
    write(tracing.traced, struct.pack("<q", memory.signed(tracing.traced) + 1))
    write(state + tracing.at, struct.pack("<Q", tracing.traced))
    write(state + tracing.at - _FUNCTION, struct.pack("<Q", tracing.function))
    write(_flag(interpreter, state, tracing.at), tracing.flag)


def _returns() -> List[int]:
    """The instructions by which the function returns."""
    try:
        start = int(gdb.parse_and_eval(f"(unsigned long)&{_ENTERS}"))
        code = gdb.selected_inferior().architecture().disassemble(start, start + 16 * _INSTRUCTIONS, _INSTRUCTIONS)
    except (gdb.error, MemoryError) as error:
        raise Unreadable(f"{_ENTERS} cannot be read: {error}") from None
    found = []
    for row in code:
        if not gdb.execute("info symbol {:#x}".format(row["addr"]), to_string=True).startswith(_ENTERS):
            break
        if row["asm"].split()[-1:] and any(word in {"ret", "retq"} for word in row["asm"].split()):
            found.append(int(row["addr"]))
    if not found:
        raise Unreadable(f"{_ENTERS} does not seem to return")
    return found
