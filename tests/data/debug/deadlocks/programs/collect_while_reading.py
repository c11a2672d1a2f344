"""A thread is attached while it reads; another collects garbage, and the third does not come to write any more."""

import gc
import socket
import threading
import time

import deadlocks
from saying import ready, started

ends = socket.socketpair()
on_the_way = threading.Event()


def collect():
    on_the_way.wait()
    while True:
        gc.collect()


def sender():
    on_the_way.wait()
    # Until the other two are where they wait: they can say nothing any more.
    time.sleep(0.05)
    ends[1].send(b"1")


def main():
    started("sender", sender)
    started("collector", collect)
    descriptor = ends[0].detach()
    ready()
    on_the_way.set()
    deadlocks.read_attached(descriptor)


main()
