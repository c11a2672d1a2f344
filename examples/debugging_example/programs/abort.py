"""Std::process::abort."""

import debugging_example


def leaf():
    debugging_example.abort_process()


def middle():
    debugging_example.call_back(leaf)


def main():
    debugging_example.call_back(middle)


main()
