"""A panic is caught and logged, another place is tried, and the next panic ends the program."""

import logging
import sys

import kiln

logging.basicConfig(level=logging.INFO, format="%(levelname)s [%(threadName)s] %(message)s", stream=sys.stderr)
log = logging.getLogger("retry")


def from_shelf(place):
    return kiln.Shelf(["cup"]).take(place)


def try_shelf(place):
    try:
        return from_shelf(place)
    except BaseException:
        log.exception("place %d cannot be had", place)
        return None


def measure(rows):
    return kiln.check(rows)


def main():
    if try_shelf(9) is None:
        log.info("measuring instead")
        measure([])


main()
