"""Calls shapes.rs, of which `argv[1]` is the library."""
# ruff: noqa: ANN001, ANN201, T201

import ctypes
import sys

library = ctypes.CDLL(sys.argv[1])
library.all_of_them.argtypes = [ctypes.c_double]
library.all_of_them.restype = ctypes.c_double
CALLED = ctypes.CFUNCTYPE(None, ctypes.c_uint64)


def of_rust(number):
    # In a thread that Python did not start.
    doubled = number * 2
    seen.append(doubled)


seen = []
function = CALLED(of_rust)
library.all_of_them(2.0)
library.in_threads(function, 3)
print(seen)
