"""The same as lazy_attached with once_cell's."""

import threading

import rows
from saying import ready, started


taken = threading.Event()


def holder():
    rows.once_cell_make(taken.set, 0)


def main():
    started("holder", holder)
    taken.wait()
    ready()
    rows.once_cell_attached()


main()
