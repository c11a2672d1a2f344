"""Who has a reference into a map wants the interpreter, and whoever has that looks into the map."""

import threading

import rows
from saying import ready, started


taken = threading.Event()


def holder():
    rows.dashmap_hold(taken.set, 0.0)


def main():
    started("holder", holder)
    taken.wait()
    ready()
    rows.dashmap_attached()


main()
