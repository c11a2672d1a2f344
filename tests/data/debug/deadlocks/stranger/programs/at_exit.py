"""At exit main waits for a thread that still wants to say something in Python."""

import atexit
import sys

import tidemill


def ready():
    open(sys.argv[1], "w").close()


def done():
    print("flushed")


def stop():
    ready()
    tidemill.stop_flusher()


def main():
    atexit.register(stop)
    tidemill.start_flusher(done)


main()
