"""The function that loads the settings asks for the settings."""

import sys

import tidemill


def ready():
    open(sys.argv[1], "w").close()


def load():
    return "verbose" if tidemill.settings() else "quiet"


def main():
    tidemill.use_loader(load)
    ready()
    tidemill.settings()


main()
