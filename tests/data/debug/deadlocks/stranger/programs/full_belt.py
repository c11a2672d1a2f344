"""A producer fills a belt that holds two, and keeps the consumer from Python."""

import sys
import threading

import tidemill


def ready():
    open(sys.argv[1], "w").close()


def consume():
    total = 0
    while True:
        total += tidemill.take_item()


def main():
    threading.Thread(target=consume, name="consumer", daemon=True).start()
    ready()
    tidemill.produce(1_000)


main()
