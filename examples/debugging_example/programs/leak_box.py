"""A box that is never freed."""

import debugging_example


def work():
    debugging_example.leak_box()


def main(times):
    for _ in range(times):
        work()


if __name__ == "__main__":
    main(1000)
