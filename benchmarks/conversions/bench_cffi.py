"""Ten conversions, by cffi in API mode; what C has no word for is Python around it, as its user would write it."""

from __future__ import annotations

from typing import Any

from _bench_cffi import ffi, lib  # type: ignore[import-not-found] # built by compare.py

empty = lib.empty
integer = lib.integer
boolean = lib.boolean
globals()["float"] = lib.float_


def text_in(x: str) -> Any:
    return lib.text_in(x.encode())


def text_out(length: int) -> Any:
    made = ffi.new("char[]", length)
    lib.text_out(made, length)
    return ffi.unpack(made, length).decode()


def bytes_in(x: bytes) -> Any:
    return lib.bytes_in(x, len(x))


def list_in(x: list[int]) -> Any:
    return lib.list_in(ffi.new("int64_t[]", x), len(x))


def list_out(length: int) -> Any:
    made = ffi.new("double[]", length)
    lib.list_out(made, length)
    return ffi.unpack(made, length)


def dict_in(x: dict[str, int]) -> Any:
    keys = [ffi.new("char[]", key.encode()) for key in x]
    return lib.dict_in(ffi.new("char *[]", keys), ffi.new("int64_t[]", list(x.values())), len(x))


class Point:
    """A structure of C with its function."""

    __slots__ = ("_inside",)

    def __init__(self, x: int) -> None:
        self._inside = ffi.new("point *", (x,))

    def get(self) -> Any:
        return lib.point_get(self._inside)
