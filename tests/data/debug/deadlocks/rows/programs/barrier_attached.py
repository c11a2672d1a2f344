"""A thread is met at a barrier with the interpreter in hand, which it needs before it comes."""

import rows
from saying import ready


def main():
    ready()
    rows.barrier_attached()


main()
