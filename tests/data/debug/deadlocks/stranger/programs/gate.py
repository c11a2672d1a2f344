"""Main stands at a gate; who would open it is a Python thread."""

import sys
import threading
import time

import tidemill


def ready():
    open(sys.argv[1], "w").close()


gate = tidemill.Gate()
standing = False


def guard():
    while not standing:
        time.sleep(0.005)
    gate.open()


def main():
    global standing
    threading.Thread(target=guard, name="guard", daemon=True).start()
    ready()
    standing = True
    gate.enter()


main()
