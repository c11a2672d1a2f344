"""A thread ends the leases in a locked list, and the end of a lease is told to Python."""

import sys

import tidemill


def ready():
    open(sys.argv[1], "w").close()


def closed():
    return None


def main():
    for _ in range(3):
        tidemill.lease(closed)
    tidemill.start_reaper()
    ready()
    tidemill.registry_size()


main()
