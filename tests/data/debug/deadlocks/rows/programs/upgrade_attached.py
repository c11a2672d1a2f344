"""A reader wants the interpreter, and whoever has that wants to write."""

import threading

import rows
from saying import ready, started


taken = threading.Event()


def holder():
    rows.read_then_attach(taken.set, 0.0)


def main():
    started("holder", holder)
    taken.wait()
    ready()
    rows.upgrade_attached()


main()
