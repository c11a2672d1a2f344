"""A cycle through a pyclass that the collector cannot look into."""

import gc

import debugging_example


def work():
    node = debugging_example.Node()
    node.other = [node]


def main(times):
    for _ in range(times):
        work()
    gc.collect()


if __name__ == "__main__":
    main(1000)
