"""Arguments and locals of Python's calls, out of memory: names, and bounded values."""
# ruff: noqa: FA100 - a debugger's own Python may be 3.6, which has no such future

from typing import Any, Dict, Iterator, List, Tuple

from .interpreter import Call, Interpreter
from .memory import Unreadable

#: Variables of one call, and calls of one thread whose variables are read.
VARIABLES, CALLS = 40, 100
#: CO_VARARGS, CO_VARKEYWORDS of code.h.
_STARS = (0x04, 0x08)
#: CO_FAST_HIDDEN, _CELL and _FREE of pycore_code.h (3.11 on).
_HIDDEN, _CELL, _FREE = 0x10, 0x40, 0x80


def of_calls(interpreter: Interpreter, calls: List[Call]) -> Iterator[List[Dict[str, Any]]]:
    """The variables of each call, for as many of the newest as are read."""
    return (_tried(interpreter, call) for call in calls[:CALLS])


def _tried(interpreter: Interpreter, call: Call) -> List[Dict[str, Any]]:
    try:
        return [] if call.shim else list(_of_call(interpreter, call))
    except Unreadable as error:
        return [{"name": "?", "value": f"<unreadable: {error}>"}]


def _of_call(interpreter: Interpreter, call: Call) -> Iterator[Dict[str, Any]]:
    names, cells = _names(interpreter, call.code)
    values = interpreter.memory.pointers(call.frame + interpreter.layout.at("frame", "localsplus"), len(names))
    arguments = names[: _arguments(interpreter, call.code)]
    for index, (name, slot) in enumerate(zip(names, values)):
        address = _content(interpreter, slot & ~3) if slot and index in cells else slot & ~3
        # What is not set yet, or deleted, has no value.
        if address and name:
            kind, value = interpreter.objects.described(address)
            yield {"name": name, "value": value, "type": kind, "argument": name in arguments}


def _names(interpreter: Interpreter, code: int) -> Tuple[List[str], Dict[int, bool]]:
    """The names of a frame's slots, in their order, and which of them are cells."""
    layout, objects = interpreter.layout, interpreter.objects
    if layout.has("code", "localsplusnames"):
        names = _texts(interpreter, code, "localsplusnames")
        kinds = objects.data(interpreter.memory.pointer(code + layout.at("code", "localspluskinds")))
        shown = [name if not kind & _HIDDEN else "" for name, kind in zip(names, kinds)]
        return shown, {index: True for index, kind in enumerate(kinds) if kind & (_CELL | _FREE)}
    names = _texts(interpreter, code, "varnames")
    more = _texts(interpreter, code, "cellvars") + _texts(interpreter, code, "freevars")
    return names + more, {len(names) + index: True for index in range(len(more))}


def _texts(interpreter: Interpreter, code: int, field: str) -> List[str]:
    address = interpreter.memory.pointer(code + interpreter.layout.at("code", field))
    _, items = interpreter.objects.elements(address, VARIABLES)
    return [interpreter.objects.text(each) for each in items]


def _arguments(interpreter: Interpreter, code: int) -> int:
    read, at = interpreter.memory.integer, interpreter.layout.at
    if not interpreter.layout.has("code", "flags"):
        # 3.14 tells no more of itself.
        return read(code + at("code", "argcount"))
    flags = read(code + at("code", "flags"))
    stars = sum(bool(flags & star) for star in _STARS)
    return read(code + at("code", "argcount")) + read(code + at("code", "kwonlyargcount")) + stars


def _content(interpreter: Interpreter, address: int) -> int:
    """What is in a cell; an argument that an inner function uses is none before the function's first instruction."""
    if interpreter.objects.type_name(address) != "cell":
        return address
    return interpreter.memory.pointer(address + interpreter.layout.at("cell", "value"))
