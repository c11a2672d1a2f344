"""The table is locked while a key function naps, and the reader lets go of Python while it waits."""

import sys
import threading
import time

import tidemill


def ready():
    open(sys.argv[1], "w").close()


ledger = tidemill.Ledger()


def key(value):
    time.sleep(0.4)
    return value


def insert():
    value = 0
    while True:
        value += 1
        ledger.insert_by(value, key)


def main():
    threading.Thread(target=insert, name="inserter", daemon=True).start()
    ready()
    while True:
        ledger.count_detached()


main()
