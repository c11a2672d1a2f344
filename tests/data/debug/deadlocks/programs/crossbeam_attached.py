"""The same with crossbeam's channel."""

import deadlocks
from saying import ready


def main():
    ready()
    deadlocks.crossbeam_attached()


main()
