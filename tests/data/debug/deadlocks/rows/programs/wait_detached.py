"""A process is waited for while another thread reads its output."""

import threading
import os
import time

import rows
from saying import ready, started


def drain(pipe, begun):
    begun.set()
    while os.read(pipe, 65536):
        time.sleep(0.001)


def main():
    reading, writing = os.pipe()
    begun = threading.Event()
    started("drain", drain, reading, begun)
    begun.wait()
    ready()
    rows.wait_detached(writing)


main()
