"""A schema is imported on first use in one thread, and the main thread uses it meanwhile."""

import sys
import threading

import tangle
from tangle_ready import ready
from tangle_turns import reading, turn


def warm_up():
    tangle.schema_size()


def main():
    threading.Thread(target=warm_up, name="warm-up").start()
    reading.wait()
    sys.setswitchinterval(100)
    ready()
    turn.set()
    tangle.schema_size()


main()
