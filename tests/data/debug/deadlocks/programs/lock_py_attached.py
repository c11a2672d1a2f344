"""The owner of a mutex computes for minutes; a thread waits for it as PyO3 advises, and a third one works."""

import threading

import deadlocks
from saying import ready, started

taken = threading.Event()


def owner():
    deadlocks.hold_and_compute(taken.set, 300.0)


def waiting():
    deadlocks.lock_py_attached()


def main():
    started("owner", owner)
    taken.wait()
    started("waiting", waiting)
    ready()
    while True:
        sum(range(1000))


main()
