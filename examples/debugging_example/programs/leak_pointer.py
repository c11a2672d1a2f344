"""A pointer that owns a reference and that nobody takes."""

import debugging_example


def work():
    debugging_example.forget_pointer()


def main(times):
    for _ in range(times):
        work()


if __name__ == "__main__":
    main(1000)
