"""An Arc that holds itself."""

import debugging_example


def work():
    debugging_example.link_arcs()


def main(times):
    for _ in range(times):
        work()


if __name__ == "__main__":
    main(1000)
