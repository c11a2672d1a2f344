"""A counter tells its listener, and the listener reads the counter."""

import sys

import tidemill


def ready():
    open(sys.argv[1], "w").close()


counter = tidemill.Counter()


def listener():
    print(counter.value())


def main():
    ready()
    counter.advance(listener)


main()
