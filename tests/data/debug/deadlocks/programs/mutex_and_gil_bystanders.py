"""std_mutex_and_gil among threads that have nothing to do with it, and could have: one of them sleeps in Rust."""

import threading
import time

import deadlocks
from saying import ready, started

taken = threading.Event()


def holder():
    deadlocks.lock_then_attach(taken.set)


def sleeper():
    deadlocks.sleep_detached(3600)


def beat():
    while True:
        time.sleep(0.01)


def main():
    started("sleeper", sleeper)
    started("beat", beat)
    started("holder", holder)
    taken.wait()
    ready()
    deadlocks.mutex_attached()


main()
