"""A pool calls back into Python for every number, and whoever gave it the work keeps Python."""

import sys

import tidemill


def ready():
    open(sys.argv[1], "w").close()


def score(number):
    return number * 2


def main():
    ready()
    print(sum(tidemill.map_in_pool(score, list(range(100)))))


main()
