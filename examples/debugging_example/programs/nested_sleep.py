"""A hang deep inside: Rust under Python under Rust under Python."""

import debugging_example


def leaf():
    print("waiting", flush=True)
    debugging_example.sleep_detached(3600.0)


def middle():
    debugging_example.call_back(leaf)


def main():
    debugging_example.call_back(middle)


main()
