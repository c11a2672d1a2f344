"""Main wants the book, the clerk has it and wants the shelf, the porter has that and wants to run Python."""

import sys

import tidemill


def ready():
    open(sys.argv[1], "w").close()


def main():
    tidemill.open_books()
    ready()
    tidemill.settle()


main()
