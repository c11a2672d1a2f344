"""A static cache that forgets nothing."""

import debugging_example


def work():
    debugging_example.cache_forever()


def main(times):
    for _ in range(times):
        work()


if __name__ == "__main__":
    main(1000)
