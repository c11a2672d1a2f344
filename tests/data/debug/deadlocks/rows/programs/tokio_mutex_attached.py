"""Who has tokio's mutex wants the interpreter, and whoever has that wants the mutex."""

import threading

import rows
from saying import ready, started


taken = threading.Event()


def holder():
    rows.tokio_mutex_hold(taken.set)


def main():
    started("holder", holder)
    taken.wait()
    ready()
    rows.tokio_mutex_attached()


main()
