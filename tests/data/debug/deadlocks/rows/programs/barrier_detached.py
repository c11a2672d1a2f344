"""A thread is met at a barrier without the interpreter."""

import rows
from saying import ready


def main():
    ready()
    rows.barrier_detached(300.0)


main()
