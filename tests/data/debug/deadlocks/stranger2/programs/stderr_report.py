"""One thread writes an exception to stderr, the main thread wants to write there as well."""

import tangle
from tangle_ready import ready


def main():
    tangle.start_reporter(ValueError("no such station"))
    ready()
    tangle.complain("the line is busy")


main()
