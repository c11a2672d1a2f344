"""Offsets in CPython's structures by the debug information that gdb has read: for the recorder, and odd versions."""
# ruff: noqa: FA100, ANN401 - gdb's own Python may be 3.6, and gdb's types have no types

from typing import Any, Dict, Optional, Tuple

import gdb

#: By structure and field: a type, and where the field is in it. Of several the first that this version has.
FIELDS: Dict[str, Dict[str, Tuple[str, ...]]] = {
    "runtime": {"interpreters": ("_PyRuntimeState interpreters.head",), "gil": ("_PyRuntimeState ceval.gil",)},
    "interp": {
        "id": ("PyInterpreterState id",),
        "next": ("PyInterpreterState next",),
        "threads": ("PyInterpreterState threads.head", "PyInterpreterState tstate_head"),
        "modules": ("PyInterpreterState imports.modules", "PyInterpreterState modules"),
        "gil": ("PyInterpreterState ceval.gil",),
    },
    "tstate": {
        "next": ("PyThreadState next",),
        "interp": ("PyThreadState interp",),
        "state": ("PyThreadState state",),
        "frame": ("PyThreadState frame",),
        "cframe": ("PyThreadState cframe",),
        "current_frame": ("PyThreadState current_frame",),
        "thread_id": ("PyThreadState thread_id",),
        "native_thread_id": ("PyThreadState native_thread_id",),
    },
    "cframe": {
        "current_frame": ("_PyCFrame current_frame",),
        "previous": ("_PyCFrame previous", "CFrame previous"),
    },
    "gil": {
        "last_holder": ("struct _gil_runtime_state last_holder",),
        "locked": ("struct _gil_runtime_state locked",),
        "enabled": ("struct _gil_runtime_state enabled",),
    },
    "frame": {
        "previous": ("struct _PyInterpreterFrame previous", "PyFrameObject f_back"),
        "code": (
            "struct _PyInterpreterFrame f_executable",
            "struct _PyInterpreterFrame f_code",
            "PyFrameObject f_code",
        ),
        "instr": ("struct _PyInterpreterFrame instr_ptr", "struct _PyInterpreterFrame prev_instr"),
        "lasti": ("PyFrameObject f_lasti",),
        "is_entry": ("struct _PyInterpreterFrame is_entry",),
        "owner": ("struct _PyInterpreterFrame owner",),
        "localsplus": ("struct _PyInterpreterFrame localsplus", "PyFrameObject f_localsplus"),
        "copy": ("struct _PyInterpreterFrame tlbc_index",),
    },
    "code": {
        "filename": ("PyCodeObject co_filename",),
        "name": ("PyCodeObject co_name",),
        "qualname": ("PyCodeObject co_qualname",),
        "lines": ("PyCodeObject co_linetable", "PyCodeObject co_lnotab"),
        "bytecode": ("PyCodeObject co_code_adaptive",),
        "copies": ("PyCodeObject co_tlbc",),
        "firstlineno": ("PyCodeObject co_firstlineno",),
        "argcount": ("PyCodeObject co_argcount",),
        "kwonlyargcount": ("PyCodeObject co_kwonlyargcount",),
        "flags": ("PyCodeObject co_flags",),
        "varnames": ("PyCodeObject co_varnames",),
        "cellvars": ("PyCodeObject co_cellvars",),
        "freevars": ("PyCodeObject co_freevars",),
        "localsplusnames": ("PyCodeObject co_localsplusnames",),
        "localspluskinds": ("PyCodeObject co_localspluskinds",),
    },
    "object": {"type": ("PyObject ob_type",)},
    "type": {
        "name": ("PyTypeObject tp_name",),
        "flags": ("PyTypeObject tp_flags",),
        "basicsize": ("PyTypeObject tp_basicsize",),
        "dictoffset": ("PyTypeObject tp_dictoffset",),
        "cached_keys": ("PyHeapTypeObject ht_cached_keys",),
    },
    "cell": {"value": ("PyCellObject ob_ref",)},
    "module": {"dict": ("PyModuleObject md_dict",)},
    "bytes": {"length": ("PyBytesObject ob_base.ob_size",), "data": ("PyBytesObject ob_sval",)},
    "unicode": {"length": ("PyASCIIObject length",), "state": ("PyASCIIObject state",)},
    "long": {
        "length": ("PyLongObject ob_base.ob_size",),
        "tag": ("PyLongObject long_value.lv_tag",),
        "digit": ("PyLongObject long_value.ob_digit", "PyLongObject ob_digit"),
    },
    "float": {"value": ("PyFloatObject ob_fval",)},
    "tuple": {"length": ("PyTupleObject ob_base.ob_size",), "items": ("PyTupleObject ob_item",)},
    "list": {"length": ("PyListObject ob_base.ob_size",), "items": ("PyListObject ob_item",)},
    "dict": {
        "used": ("PyDictObject ma_used",),
        "keys": ("PyDictObject ma_keys",),
        "values": ("PyDictObject ma_values",),
    },
    "keys": {
        "size": ("PyDictKeysObject dk_size",),
        "log2_index_bytes": ("PyDictKeysObject dk_log2_index_bytes",),
        "kind": ("PyDictKeysObject dk_kind",),
        "entries": ("PyDictKeysObject dk_nentries",),
        "indices": ("PyDictKeysObject dk_indices",),
    },
}
#: Sizes of whole structures.
SIZES = {
    ("gil", "size"): "struct _gil_runtime_state",
    ("unicode", "ascii_size"): "PyASCIIObject",
    ("unicode", "compact_size"): "PyCompactUnicodeObject",
}


def structs() -> Dict[str, Dict[str, int]]:
    """The offsets of what gdb has types for; structures of which it knows nothing are left out."""
    found = {name: _offsets(fields) for name, fields in FIELDS.items()}
    for (name, field), kind in SIZES.items():
        type_ = _type(kind)
        if type_ is not None:
            found[name][field] = int(type_.sizeof)
    if "gil" in found["interp"]:
        # Before 3.12 there is one lock for all, and since then this field is a thing of each interpreter.
        found["runtime"].pop("gil", None)
    return {name: offsets for name, offsets in found.items() if offsets}


def _offsets(fields: Dict[str, Tuple[str, ...]]) -> Dict[str, int]:
    offsets = {name: next(iter(filter(_known, map(_offset, places))), None) for name, places in fields.items()}
    return {name: offset for name, offset in offsets.items() if offset is not None}


def _known(offset: Optional[int]) -> bool:
    return offset is not None


def _offset(place: str) -> Optional[int]:
    kind, path = place.rsplit(" ", 1)
    type_ = _type(kind)
    bits = 0
    for part in path.split("."):
        field = _field(type_, part)
        if field is None:
            return None
        bits += field.bitpos
        type_ = field.type.strip_typedefs()
    return bits // 8


def _field(type_: Any, name: str) -> Any:
    if type_ is None or type_.code not in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        return None
    return next((field for field in type_.fields() if field.name == name), None)


def _type(name: str) -> Any:
    try:
        return gdb.lookup_type(name).strip_typedefs()
    except gdb.error:
        return None
