"""A panic while a panic unwinds."""

import debugging_example


def leaf():
    debugging_example.double_panic()


def middle():
    debugging_example.call_back(leaf)


def main():
    debugging_example.call_back(middle)


main()
