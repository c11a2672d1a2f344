"""More than a pipe takes is written with the interpreter in hand, which whoever reads it needs."""

import threading
import os
import time

import rows
from saying import ready, started


def drain(pipe, begun):
    begun.set()
    while True:
        time.sleep(0.01)
        os.read(pipe, 1)


def main():
    reading, writing = os.pipe()
    begun = threading.Event()
    started("drain", drain, reading, begun)
    begun.wait()
    ready()
    rows.write_pipe(writing)


main()
