"""A reference that is forgotten."""

import debugging_example


def work():
    debugging_example.forget_object()


def main(times):
    for _ in range(times):
        work()


if __name__ == "__main__":
    main(1000)
