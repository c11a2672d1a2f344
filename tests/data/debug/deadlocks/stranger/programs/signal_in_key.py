"""A signal arrives while a key function runs with the table locked, and its handler asks for the length."""

import signal
import sys
import threading
import time

import tidemill


def ready():
    open(sys.argv[1], "w").close()


ledger = tidemill.Ledger()


def key(value):
    signal.raise_signal(signal.SIGUSR1)
    return value


def on_signal(number, frame):
    ready()
    print(ledger.count())


def tick():
    while True:
        time.sleep(0.01)


def main():
    signal.signal(signal.SIGUSR1, on_signal)
    threading.Thread(target=tick, name="ticker", daemon=True).start()
    ledger.insert_by(1, key)


main()
