"""Python under C under Python, and threads beside it; says when it is there, and waits until its input ends.

main -> qsort of the C library -> compare -> wait, and a thread that waits too: for the interpreter if the first word
is "attached".
"""

# ruff: noqa: ANN001, ANN201, ARG001, C416, T201 - a program that is looked at, on any Python

import ctypes
import sys
import threading

LIBC = ctypes.PyDLL(None) if "attached" in sys.argv else ctypes.CDLL(None)
COMPARE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
READY = threading.Event()


def wait(number, text="q", *, key=None):
    if text == "q":
        print("ready", flush=True)
        LIBC.sleep(3600) if "attached" in sys.argv else sys.stdin.read()
    # With a bound, so that it wants the interpreter again.
    while text != "q" and not READY.wait(0.01):
        pass


def compare(one, other):
    wait(int(bool(one)), sys.argv[-1])
    return 0


def main():
    numbers = (ctypes.c_int * 2)(2, 1)
    LIBC.qsort(numbers, 2, 4, COMPARE(compare))


def beside():
    numbers = [number for number in (1, 2)]
    wait(len(numbers), "w")


if __name__ == "__main__":
    thread = threading.Thread(target=beside, name="beside", daemon=True)
    thread.start()
    sys.argv.append("q")
    main()
