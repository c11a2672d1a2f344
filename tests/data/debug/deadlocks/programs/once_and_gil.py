"""One thread makes a value and wants the interpreter, the other has that and waits for the value."""

import threading

import deadlocks
from saying import ready, started

taken = threading.Event()


def holder():
    deadlocks.once_then_attach(taken.set)


def main():
    started("holder", holder)
    taken.wait()
    ready()
    deadlocks.once_attached()


main()
