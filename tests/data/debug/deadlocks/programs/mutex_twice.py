"""std's mutex, taken twice by one thread."""

import deadlocks
from saying import ready


def main():
    ready()
    deadlocks.mutex_twice()


main()
