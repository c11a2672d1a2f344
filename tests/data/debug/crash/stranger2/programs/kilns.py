"""Kilns that burn in threads of their own; two of them fail."""

import logging
import sys

import kiln

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
log = logging.getLogger("kilns")


def burn_all(kilns):
    return kiln.fire_in_threads(kilns)


def main():
    log.info("lighting %s", sys.argv[1])
    weight = burn_all([("north", 30), ("south", int(sys.argv[2])), ("east", 12)])
    log.info("%s burnt %d", sys.argv[1], weight)


main()
