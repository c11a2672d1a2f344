"""A task on a pool's only thread gives the pool something to do, and waits for it."""

import sys
import threading
import time

import tidemill


def ready():
    open(sys.argv[1], "w").close()


started = threading.Event()


def task():
    started.set()
    ready()
    return tidemill.submit_and_wait(12)


def tick():
    while True:
        time.sleep(0.01)


def main():
    threading.Thread(target=tick, name="ticker", daemon=True).start()
    tidemill.on_worker(task)


main()
