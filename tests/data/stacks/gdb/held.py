"""A process to be read: says as JSON what is where in it, and waits until its input ends; "attached" keeps the lock."""

# ruff: noqa: ANN001, ANN201, C416, T201, UP031 - a program that is looked at, on any Python

import ctypes
import json
import sys
import threading
import traceback


class Own:
    pass


VALUES = [
    None, True, False, 0, 1, -1, 2**31, -(2**100), 10**40, 0.5, float("inf"), "", "abc", "häß", "€", "😀", "a\n'\"",
    b"", b"ab\0c", (), (1,), (1, "a"), [], [1, [2]], {}, {"a": 1}, {1: {2: 3}}, {"a": None, "b": (1,)},
]  # fmt: skip
LARGE = [
    [0] * 9, [[[1]]], "x" * 5000, 1 << 10000, {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6},
]  # fmt: skip
READY, END = threading.Event(), threading.Event()


def generator(number):
    half = number / 2
    READY.set()
    END.wait()
    yield number, half


def recursive(depth):
    if depth:
        return recursive(depth - 1)
    return [each for each in generator(3)]


def main():
    thread = threading.Thread(target=recursive, args=(4,), name="größe", daemon=True)
    thread.start()
    READY.wait()
    plain, spread = Own(), Own()
    plain.name = "first"
    spread.__dict__.update({"n%d" % index: index for index in range(40)}, name="other")
    own = [id(plain), id(spread)]
    frame = sys._current_frames()[thread.ident]
    stack = [[each.name, each.lineno] for each in reversed(traceback.extract_stack(frame))]
    runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
    ids = {"values": [id(each) for each in VALUES], "large": [id(each) for each in LARGE], "own": own}
    print(
        json.dumps(dict(ids, runtime=runtime, main=threading.get_ident(), thread=thread.ident, stack=stack)), flush=True
    )
    if "attached" in sys.argv:
        ctypes.PyDLL(None).getchar()
    sys.stdin.read()


main()
