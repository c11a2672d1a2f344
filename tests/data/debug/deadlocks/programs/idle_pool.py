"""A pool without work, and a program that waits for its queue to be filled."""

import queue
import time

import deadlocks
from saying import ready, started

work = queue.Queue()


def consume():
    while True:
        work.get()


def main():
    deadlocks.idle_pool()
    started("consumer", consume)
    ready()
    while True:
        time.sleep(1)
        work.put(1)


main()
