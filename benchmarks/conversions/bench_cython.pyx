# distutils: language = c++
# cython: language_level=3, binding=False
# cython: c_string_type=str, c_string_encoding=utf8
"""Ten conversions, by Cython."""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libcpp cimport bool as cbool
from libcpp.string cimport string
from libcpp.unordered_map cimport unordered_map
from libcpp.vector cimport vector


def empty():
    pass


def integer(int64_t x):
    return x + 1


def _float(double x):
    return x + 1.0


def boolean(cbool x):
    return not x


def text_in(str x):
    # Its UTF-8: what a C function would be handed.
    cdef bytes encoded = x.encode()
    return len(encoded)


def text_out(size_t length):
    cdef string made = string(length, <char>120)
    return made


def bytes_in(const uint8_t[::1] x):
    cdef uint32_t total = 0
    if x.shape[0] >= 2:
        total = <uint32_t>x[0] + x[x.shape[0] - 1]
    return total


def list_in(vector[int64_t] x):
    cdef int64_t total = 0
    for each in x:
        total += each
    return total


def list_out(uint32_t length):
    cdef vector[double] made = vector[double](length)
    cdef uint32_t number
    for number in range(length):
        made[number] = number
    return made


def dict_in(unordered_map[string, int64_t] x):
    cdef int64_t total = 0
    for item in x:
        total += item.second
    return total


cdef class Point:
    cdef int64_t x

    def __init__(self, int64_t x):
        self.x = x

    def get(self):
        return self.x


globals()["float"] = _float
