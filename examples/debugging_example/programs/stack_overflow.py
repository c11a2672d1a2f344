"""A recursion without an end."""

import debugging_example


def leaf():
    debugging_example.overflow_stack()


def middle():
    debugging_example.call_back(leaf)


def main():
    debugging_example.call_back(middle)


main()
