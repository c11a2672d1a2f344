"""C sorts, a comparison in Python raises, and Rust unwraps what it got."""

import sys

import tidemill


def ready():
    open(sys.argv[1], "w").close()


def compare(one, two):
    if two == 3:
        raise ValueError("three cannot be compared")
    return one - two


def main():
    ready()
    print(tidemill.sort_with([5, 3, 1], compare))


main()
