"""A thread collects garbage without end; the others stop for it, or are detached."""

import gc

import deadlocks
from saying import ready, started


def collect():
    while True:
        gc.collect()


def count():
    number = 0
    while True:
        number += 1


def sleep():
    deadlocks.sleep_detached(3600)


def main():
    started("collector", collect)
    started("counter", count)
    started("sleeper", sleep)
    ready()
    count()


main()
