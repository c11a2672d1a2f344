"""Who makes a LazyLock wants the interpreter, and whoever has that wants its value."""

import threading

import rows
from saying import ready, started


taken = threading.Event()


def holder():
    rows.lazy_make(taken.set, 0)


def main():
    started("holder", holder)
    taken.wait()
    ready()
    rows.lazy_attached()


main()
