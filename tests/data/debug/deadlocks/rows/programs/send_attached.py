"""A full channel is sent into with the interpreter in hand, which the receiver needs."""

import rows
from saying import ready


def main():
    ready()
    rows.send_attached()


main()
