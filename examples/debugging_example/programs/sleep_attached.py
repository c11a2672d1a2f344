"""A sleep that stops every other thread."""

import debugging_example


def main():
    print("waiting", flush=True)
    debugging_example.sleep_attached(3600.0)


main()
