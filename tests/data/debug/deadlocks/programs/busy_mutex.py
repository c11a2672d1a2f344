"""Two threads take one mutex in turns, and one of a Python program wants it with the interpreter in hand."""

import time

import deadlocks
from saying import ready, started


def in_turns():
    deadlocks.lock_in_turns(100_000, 30)


def main():
    started("one", in_turns)
    started("other", in_turns)
    ready()
    while True:
        deadlocks.lock_attached()
        time.sleep(0.001)


main()
