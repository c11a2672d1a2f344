"""One thread has std's mutex and wants the interpreter, the other has that and wants the mutex."""

import threading

import deadlocks
from saying import ready, started

taken = threading.Event()


def holder():
    deadlocks.lock_then_attach(taken.set)


def main():
    started("holder", holder)
    taken.wait()
    ready()
    deadlocks.mutex_attached()


main()
