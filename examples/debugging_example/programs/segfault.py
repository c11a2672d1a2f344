"""A write through a null pointer, under three Python and two Rust functions."""

import debugging_example


def leaf():
    debugging_example.null_write()


def middle():
    debugging_example.call_back(leaf)


def main():
    debugging_example.call_back(middle)


main()
