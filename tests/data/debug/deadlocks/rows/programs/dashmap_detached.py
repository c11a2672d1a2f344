"""Who has a reference into a map computes for minutes, and whoever looks into it waits without the interpreter."""

import threading

import rows
from saying import ready, started


taken = threading.Event()


def holder():
    rows.dashmap_hold(taken.set, 300.0)


def main():
    started("holder", holder)
    taken.wait()
    ready()
    rows.dashmap_detached()


main()
