"""A full channel is sent into without the interpreter."""

import rows
from saying import ready


def main():
    ready()
    rows.send_detached(300.0)


main()
