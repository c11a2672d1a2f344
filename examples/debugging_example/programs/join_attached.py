"""Waiting for a thread that needs the interpreter, and keeping that."""

import debugging_example


def main():
    print("waiting", flush=True)
    debugging_example.join_attached()


main()
