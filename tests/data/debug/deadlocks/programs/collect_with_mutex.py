"""One thread collects garbage with std's mutex in hand, the other is attached and wants the mutex."""

import gc
import threading

import deadlocks
from saying import ready, started

taken = threading.Event()


def collect():
    taken.set()
    while True:
        gc.collect()


def holder():
    deadlocks.call_with_mutex(collect)


def main():
    started("holder", holder)
    taken.wait()
    ready()
    deadlocks.mutex_attached()


main()
