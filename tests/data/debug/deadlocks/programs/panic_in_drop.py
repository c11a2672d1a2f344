"""A panic while a panic unwinds."""

import deadlocks
from saying import ready


def main():
    ready()
    deadlocks.abort_in_drop()


main()
