"""Main waits for a lock with Python in hand; who has it needs no Python, and is only slow."""

import sys
import threading
import time

import tidemill


def ready():
    open(sys.argv[1], "w").close()


def answer():
    time.sleep(0.001)


def tick():
    while True:
        time.sleep(0.001)


def main():
    threading.Thread(target=tick, name="ticker", daemon=True).start()
    tidemill.start_compactor()
    tidemill.start_callers(answer, 1)
    time.sleep(0.1)
    ready()
    while True:
        tidemill.stock()


main()
