"""A reader computes for minutes, and whoever wants to write waits without the interpreter."""

import threading

import rows
from saying import ready, started


taken = threading.Event()


def holder():
    rows.read_then_attach(taken.set, 300.0)


def main():
    started("holder", holder)
    taken.wait()
    ready()
    rows.upgrade_detached()


main()
