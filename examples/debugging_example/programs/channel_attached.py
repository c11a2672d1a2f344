"""Waiting for what a Python thread sends, and keeping the interpreter from it."""

import threading
import time

import debugging_example


def sender():
    time.sleep(0.2)
    debugging_example.send(7)


def main():
    threading.Thread(target=sender, daemon=True).start()
    print("waiting", flush=True)
    debugging_example.receive_attached()


main()
