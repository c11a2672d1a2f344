"""The names that Python's threading gives to threads: `threading._active`, out of memory."""
# ruff: noqa: FA100 - a debugger's own Python may be 3.6, which has no such future

from typing import Dict, Optional, Tuple

from .interpreter import Interpreter
from .memory import Unreadable
from .values import Objects

#: Py_TPFLAGS_MANAGED_DICT and Py_TPFLAGS_INLINE_VALUES of object.h.
_MANAGED_DICT = 1 << 4
_INLINE_VALUES = 1 << 2
#: Entries that are looked at of one dict.
LIMIT = 20000


def names(interpreter: Interpreter) -> Dict[int, str]:
    """Names by what `threading.get_ident()` says; as many as could be read.

    The process may run meanwhile: what it changes under our eyes is lost, and no more.
    """
    found: Dict[int, str] = {}
    objects = interpreter.objects
    try:
        for address in interpreter.interpreters():
            active = _active(objects, interpreter, address)
            for key, value in objects.items(active, LIMIT) if active else ():
                name = attribute(objects, value, "_name")
                if name:
                    found.setdefault(int(objects.shown(key)), objects.text(name))
    except (Unreadable, ValueError, KeyError):
        return found
    return found


def _active(objects: Objects, interpreter: Interpreter, address: int) -> Optional[int]:
    layout, memory = interpreter.layout, interpreter.memory
    modules = memory.pointer(address + layout.at("interp", "modules"))
    module = value_of(objects, modules, "threading")
    return module and value_of(objects, memory.pointer(module + layout.at("module", "dict")), "_active")


def value_of(objects: Objects, address: int, name: str) -> Optional[int]:
    """What a dict has under a name."""
    for key, value in objects.items(address, LIMIT):
        if objects.type_name(key) == "str" and objects.text(key) == name:
            return value
    return None


def attribute(objects: Objects, address: int, name: str) -> Optional[int]:
    """An attribute that an instance has itself."""
    layout, memory = objects.layout, objects.memory
    kind = memory.pointer(address + layout.at("object", "type"))
    flags = memory.pointer(kind + layout.at("type", "flags"))
    if layout.version < (3, 11) or not flags & _MANAGED_DICT:
        offset = memory.signed(kind + layout.at("type", "dictoffset"))
        return value_of(objects, memory.pointer(address + offset), name) if offset > 0 else None
    dictionary, values = _managed(objects, address, kind, flags)
    if dictionary:
        return value_of(objects, dictionary, name)
    keys = memory.pointer(kind + layout.at("type", "cached_keys"))
    return next((value for key, value in objects.pairs(keys, values) if objects.text(key) == name), None)


def _managed(objects: Objects, address: int, kind: int, flags: int) -> Tuple[int, int]:
    """The dict of an instance, or else the values that lie about without one (Objects/object_layout.md)."""
    layout, memory = objects.layout, objects.memory
    # Builds without the lock have nothing else before an object but its weak references.
    dictionary = memory.pointer(address - (8 if layout.free_threaded else 24))
    if layout.version == (3, 11):
        return dictionary, memory.pointer(address - 32)
    if layout.version == (3, 12):
        return (0, dictionary + 1) if dictionary & 1 else (dictionary, 0)
    if dictionary or not flags & _INLINE_VALUES:
        return dictionary, 0
    return 0, address + memory.pointer(kind + layout.at("type", "basicsize"))
