"""Where the fields of CPython's structures are: in a row of layouts.toml, or told by the process itself (3.13 on)."""
# ruff: noqa: FA100 - a debugger's own Python may be 3.6, which has no such future

import struct
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .memory import Memory, Unreadable

#: Offsets in bytes by structure and field; "size" is that of the whole structure.
Structs = Dict[str, Dict[str, int]]

COOKIE = b"xdebugpy"


class Layout(NamedTuple):
    """The offsets of one version; `origin` says in words where they come from."""

    version: Tuple[int, int]
    structs: Structs
    origin: str
    free_threaded: bool = False
    #: "3.13.0", where the process says it.
    release: Optional[str] = None

    def has(self, struct_name: str, field: str) -> bool:
        """True where this version has such a field."""
        return field in self.structs.get(struct_name, {})

    def at(self, struct_name: str, field: str) -> int:
        """The offset of a field; `Unreadable` where it is not known."""
        try:
            return self.structs[struct_name][field]
        except KeyError:
            raise Unreadable(f"where {struct_name}.{field} is, nobody knows") from None


def merged(known: Structs, better: Structs) -> Structs:
    """The offsets of one source, where another has nothing better."""
    return {name: {**known.get(name, {}), **better.get(name, {})} for name in sorted(set(known) | set(better))}


_RUNTIME = "runtime: size - interpreters"
_OBJECTS = """
    tuple: size items length
    list: size items length
    {sets}
    dict: size keys values
    float: size value
    long: size tag digit
    bytes: size length data
    unicode: - state length ascii_size {compact}
"""
#: The fields of `_Py_DebugOffsets` by version, in their order (pycore_debug_offsets.h); a dash is of no use here.
_TABLES = {
    (3, 13): f"""
        {_RUNTIME}
        interp: size id next threads - modules - - gil own_gil own_enabled own_locked own_holder
        tstate: size - next interp current_frame thread_id native_thread_id - status
        frame: size previous code instr localsplus owner
        code: size filename name qualname lines firstlineno argcount localsplusnames localspluskinds bytecode
        object: size type
        type: size name - flags
        {_OBJECTS.format(sets="", compact="")}
    """,
    (3, 14): f"""
        {_RUNTIME}
        interp: size id next threads - - modules - - gil own_gil own_enabled own_locked own_holder - -
        tstate: size - next interp current_frame thread_id native_thread_id - status
        frame: size previous code instr localsplus owner - copy
        code: size filename name qualname lines firstlineno argcount localsplusnames localspluskinds bytecode copies
        object: size type
        type: size name - flags
        {_OBJECTS.format(sets="set: size - - -", compact="")}
    """,
    (3, 15): f"""
        {_RUNTIME}
        interp: size id next threads - - modules - - gil own_gil own_enabled own_locked own_holder - -
        tstate: size - next interp current_frame - - - thread_id native_thread_id - status - - - -
        error: -
        frame: size previous code instr localsplus owner - copy
        code: size filename name qualname lines firstlineno argcount localsplusnames localspluskinds bytecode copies
        object: size type
        type: size name - flags basicsize dictoffset
        heap: - cached_keys
        {_OBJECTS.format(sets="set: size - - -", compact="compact_size")}
    """,
}
#: Versions whose threads have their state behind their status, and the number of how they came to be between the two.
_STATE_BEHIND = ((3, 13), (3, 14))
#: Fields of builds without the lock alone.
_FREE = {"gil": ("enabled",), "frame": ("copy",), "code": ("copies",)}


def of_process(memory: Memory, runtime: int) -> Optional[Layout]:
    """The offsets that an interpreter of 3.13 or later has at the beginning of its `_PyRuntime`; None before that."""
    head = memory.block(runtime, 24)
    if head[:8] != COOKIE:
        return None
    number, free = struct.unpack_from("<QQ", head, 8)
    version = (number >> 24 & 255, number >> 16 & 255)
    release = f"{version[0]}.{version[1]}.{number >> 8 & 255}"
    if version not in _TABLES:
        raise Unreadable(f"Python {release} keeps its offsets in an order that is not known here")
    rows = [line.split() for line in _TABLES[version].splitlines() if line.strip()]
    structs = _structs(memory.block(runtime + 24, 8 * sum(len(row) - 1 for row in rows)), rows)
    structs = _with_gil(structs)
    structs = _with_state(version, structs) if free else _without_zeros(structs)
    return Layout(version, structs, "the process's own table", bool(free), release)


def _structs(data: bytes, rows: List[List[str]]) -> Structs:
    numbers = iter(struct.unpack(f"<{len(data) // 8}Q", data))
    every = {name.rstrip(":"): {field: next(numbers) for field in fields} for name, *fields in rows}
    return {name: {field: at for field, at in fields.items() if field != "-"} for name, fields in every.items()}


def _with_gil(structs: Structs) -> Structs:
    """The lock's own fields, which the table counts from the interpreter that has a lock of its own inside."""
    interp = structs["interp"]
    own = interp.pop("own_gil")
    gil = {"locked": interp.pop("own_locked") - own, "last_holder": interp.pop("own_holder") - own}
    # This one the table counts from the lock itself.
    gil["enabled"] = interp.pop("own_enabled")
    structs["type"].update(structs.pop("heap", {}))
    return {**structs, "gil": gil}


def _with_state(version: Tuple[int, int], structs: Structs) -> Structs:
    """Whether a thread is attached, which the table leaves out: two numbers behind its status (pystate.h)."""
    tstate = structs["tstate"]
    return {**structs, "tstate": {"state": tstate["status"] + 8, **tstate}} if version in _STATE_BEHIND else structs


def _without_zeros(structs: Structs) -> Structs:
    """The same without what builds with the lock do not have, for which the table has zeros."""
    return {
        name: {field: at for field, at in fields.items() if field not in _FREE.get(name, ())}
        for name, fields in structs.items()
    }


def of_rows(rows: Dict[str, Any], version: Tuple[int, int], *, free_threaded: bool = False) -> Optional[Layout]:
    """The row of a minor version, as the project recorded it; None where there is none."""
    row = rows.get("{}.{}{}".format(*version, "t" if free_threaded else ""))
    return Layout(version, row["structs"], "the table for {}".format(row["recorded"]), free_threaded) if row else None
