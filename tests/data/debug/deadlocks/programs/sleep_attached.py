"""The interpreter is kept while a thread sleeps for an hour."""

import time

import deadlocks
from saying import ready, started


def beat():
    while True:
        time.sleep(0.01)


def main():
    started("beat", beat)
    ready()
    deadlocks.sleep_attached(3600)


main()
