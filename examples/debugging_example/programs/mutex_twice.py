"""A mutex that its own thread takes again."""

import debugging_example


def main():
    print("waiting", flush=True)
    debugging_example.lock_twice()


main()
