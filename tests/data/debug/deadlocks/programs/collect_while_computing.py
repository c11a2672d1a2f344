"""A long computation that never looks whether it is to stop, and a thread that collects garbage."""

import gc

import deadlocks
from saying import ready, started


def collect():
    while True:
        gc.collect()


def main():
    started("collector", collect)
    ready()
    deadlocks.compute(300.0, False)


main()
