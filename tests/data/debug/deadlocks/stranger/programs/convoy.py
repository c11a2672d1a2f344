"""Four threads rebuild the same table in turn, half a second each."""

import sys
import threading

import tidemill


def ready():
    open(sys.argv[1], "w").close()


ledger = tidemill.Ledger()


def rebuild():
    while True:
        ledger.rebuild(500)


def main():
    for index in range(4):
        threading.Thread(target=rebuild, name="rebuild-{}".format(index), daemon=True).start()
    ready()
    while True:
        ledger.count_detached()


main()
