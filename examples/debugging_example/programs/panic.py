"""A panic that goes through a callback, twice."""

import debugging_example


def leaf():
    debugging_example.panic_here()


def middle():
    debugging_example.call_back(leaf)


def main():
    debugging_example.call_back(middle)


main()
