"""Who makes a LazyLock computes for minutes, and whoever wants its value waits without the interpreter."""

import threading

import rows
from saying import ready, started


taken = threading.Event()


def holder():
    rows.lazy_make(taken.set, 300)


def main():
    started("holder", holder)
    taken.wait()
    ready()
    rows.lazy_detached()


main()
