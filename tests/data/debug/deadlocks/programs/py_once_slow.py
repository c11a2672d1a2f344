"""A value is made slowly, once, and others wait for it without the interpreter."""

import threading
import time

import deadlocks
from saying import ready, started

making = threading.Event()


def make():
    deadlocks.py_once_slow(making.set, 300.0)


def main():
    started("maker", make)
    making.wait()
    started("waiting", make)
    ready()
    while True:
        time.sleep(0.01)


main()
