"""The same with parking_lot's mutex."""

import threading

import deadlocks
from saying import ready, started

taken = threading.Event()


def holder():
    deadlocks.parking_lot_then_attach(taken.set)


def main():
    started("holder", holder)
    taken.wait()
    ready()
    deadlocks.parking_lot_attached()


main()
