"""Python calls Rust, which calls Python, until the stack is full."""

import sys

import deadlocks
from saying import ready


def again():
    return deadlocks.recurse(again)


def main():
    sys.setrecursionlimit(1_000_000)
    ready()
    again()


main()
