"""A server is stopped while the last message is on its way to Python."""

import tangle
from tangle_ready import ready


def main():
    server = tangle.Server()
    server.start(print)
    ready()
    server.stop()


main()
