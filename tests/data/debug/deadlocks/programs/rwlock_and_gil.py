"""The same with a lock of readers and writers."""

import threading

import deadlocks
from saying import ready, started

taken = threading.Event()


def holder():
    deadlocks.rwlock_write_then_attach(taken.set)


def main():
    started("holder", holder)
    taken.wait()
    ready()
    deadlocks.rwlock_read_attached()


main()
