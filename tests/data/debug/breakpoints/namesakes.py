"""Calls namesakes.rs, of which `argv[1]` is the library: the set twice, and the map never."""

import ctypes
import sys

library = ctypes.CDLL(sys.argv[1])
for number in range(2):
    library.into_set(number)
place = ctypes.c_uint64()
library.write_to(ctypes.byref(place))
