"""A pool computes, and the interpreter is free."""

import deadlocks
from saying import ready


def main():
    ready()
    deadlocks.compute_in_pool(300)


main()
