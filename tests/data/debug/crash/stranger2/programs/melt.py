"""A null pointer, read deep in a callback."""

import sys

import kiln


def look(piece):
    return kiln.melt(piece)


def main():
    kiln.fire_each([16], look)


if "-q" not in sys.argv:
    main()
