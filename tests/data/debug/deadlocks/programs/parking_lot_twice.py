"""parking_lot's mutex, taken twice by one thread."""

import deadlocks
from saying import ready


def main():
    ready()
    deadlocks.parking_lot_twice()


main()
