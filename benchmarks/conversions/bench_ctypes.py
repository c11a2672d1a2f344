"""Ten conversions, by ctypes; what C has no word for is Python around it, as its user would write it."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

_lib = ctypes.CDLL(str(Path(__file__).with_name("plain.so")))


class Point(ctypes.Structure):
    """A structure of C with its function."""

    _fields_ = (("x", ctypes.c_int64),)

    def get(self) -> Any:
        return _get(ctypes.byref(self))


def _function(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(_lib, name)
    function.restype, function.argtypes = result, arguments
    return function


_SIZE = ctypes.c_size_t
empty = _function("empty", None)
integer = _function("integer", ctypes.c_int64, ctypes.c_int64)
boolean = _function("boolean", ctypes.c_bool, ctypes.c_bool)
globals()["float"] = _function("float_", ctypes.c_double, ctypes.c_double)
_get = _function("point_get", ctypes.c_int64, ctypes.POINTER(Point))
_text_in = _function("text_in", _SIZE, ctypes.c_char_p)
_text_out = _function("text_out", None, ctypes.c_char_p, _SIZE)
_bytes_in = _function("bytes_in", ctypes.c_uint32, ctypes.c_char_p, _SIZE)
_list_in = _function("list_in", ctypes.c_int64, ctypes.c_void_p, _SIZE)
_list_out = _function("list_out", None, ctypes.c_void_p, ctypes.c_uint32)
_dict_in = _function("dict_in", ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, _SIZE)


def text_in(x: str) -> Any:
    return _text_in(x.encode())


def text_out(length: int) -> Any:
    made = ctypes.create_string_buffer(length)
    _text_out(made, length)
    return made.raw.decode()


def bytes_in(x: bytes) -> Any:
    return _bytes_in(x, len(x))


def list_in(x: list[int]) -> Any:
    return _list_in((ctypes.c_int64 * len(x))(*x), len(x))


def list_out(length: int) -> Any:
    made = (ctypes.c_double * length)()
    _list_out(made, length)
    return made[:]


def dict_in(x: dict[str, int]) -> Any:
    keys = (ctypes.c_char_p * len(x))(*[key.encode() for key in x])
    return _dict_in(keys, (ctypes.c_int64 * len(x))(*x.values()), len(x))
