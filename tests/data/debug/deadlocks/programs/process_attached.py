"""The interpreter is kept while a process is waited for."""

import time

import deadlocks
from saying import ready, started


def beat():
    while True:
        time.sleep(0.01)


def main():
    started("beat", beat)
    ready()
    deadlocks.process_attached()


main()
