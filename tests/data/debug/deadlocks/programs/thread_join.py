"""The main thread joins a thread of Python that computes in Rust."""

import deadlocks
from saying import ready, started


def worker():
    deadlocks.compute(300.0, True)


def main():
    thread = started("worker", worker)
    ready()
    thread.join()


main()
