"""A table asks for a key while it is locked, and somebody else asks for its length."""

import sys
import threading
import time

import tidemill


def ready():
    open(sys.argv[1], "w").close()


ledger = tidemill.Ledger()
inside = threading.Event()
over = False


def key(value):
    inside.set()
    while not over:
        time.sleep(0.005)
    return value


def insert():
    ledger.insert_by(1, key)


def tick():
    while True:
        time.sleep(0.01)


def main():
    global over
    threading.Thread(target=tick, name="ticker", daemon=True).start()
    threading.Thread(target=insert, name="inserter", daemon=True).start()
    inside.wait()
    ready()
    ledger.count()
    over = True


main()
