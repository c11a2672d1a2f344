"""A store that cannot be reached, and must be."""

import logging
import os
import sys

import kiln

logging.basicConfig(level=logging.DEBUG, format="[%(asctime)s: %(levelname)s/MainProcess] %(message)s", stream=sys.stderr)


def connect(url):
    return kiln.open_store(url, True)


def main():
    for name in sorted(os.environ):
        if name.startswith("KILN_"):
            logging.debug("%s=%s", name, os.environ[name])
    connect(os.environ["KILN_STORE"])


main()
