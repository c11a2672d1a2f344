"""Readers ask Python while they read, which takes a while; the main thread waits for all of them to write, detached."""

import tangle
from tangle_ready import ready


def opinion(length):
    total = 0
    for number in range(200000):
        total += number % (length + 1)
    return total


def main():
    tangle.start_readers(4, opinion)
    tangle.stocktake()
    ready()
    while True:
        tangle.stocktake()


main()
