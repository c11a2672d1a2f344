"""A pool waits for another one with the interpreter in hand, which the other one needs."""

import rows
from saying import ready


def main():
    ready()
    rows.pool_in_pool()


main()
