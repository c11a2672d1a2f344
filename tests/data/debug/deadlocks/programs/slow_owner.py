"""The owner of a mutex computes for minutes; one waits for the mutex with the interpreter in hand, another for that."""

import threading
import time

import deadlocks
from saying import ready, started

taken = threading.Event()


def owner():
    deadlocks.hold_and_compute(taken.set, 300.0)


def beat():
    while True:
        time.sleep(0.01)


def main():
    started("beat", beat)
    started("owner", owner)
    taken.wait()
    ready()
    deadlocks.lock_attached()


main()
