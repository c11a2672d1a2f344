"""Eight Rust threads call Python as often as they can."""

import sys
import time

import tidemill


def ready():
    open(sys.argv[1], "w").close()


calls = 0


def count():
    global calls
    calls += 1


def main():
    tidemill.start_callers(count, 8)
    ready()
    while True:
        time.sleep(1)


main()
