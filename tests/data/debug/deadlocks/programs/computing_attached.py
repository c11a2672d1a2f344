"""A long computation with the interpreter in hand, for which another thread waits."""

import time

import deadlocks
from saying import ready, started


def beat():
    while True:
        time.sleep(0.01)


def main():
    started("beat", beat)
    ready()
    deadlocks.compute(300.0, False)


main()
