"""A lock of readers and writers, written to by a thread that still reads."""

import deadlocks
from saying import ready


def main():
    ready()
    deadlocks.rwlock_upgrade()


main()
