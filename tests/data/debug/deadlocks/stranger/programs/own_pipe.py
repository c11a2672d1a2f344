"""Main reads a pipe that another Python thread would write to."""

import os
import sys
import threading
import time

import tidemill


def ready():
    open(sys.argv[1], "w").close()


over = False


def write(descriptor):
    while not over:
        time.sleep(0.005)
    os.write(descriptor, b"a line\n")


def main():
    global over
    reads, writes = os.pipe()
    threading.Thread(target=write, args=(writes,), name="writer", daemon=True).start()
    ready()
    tidemill.read_line(reads)
    over = True


main()
