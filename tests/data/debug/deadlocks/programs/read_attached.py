"""The interpreter is kept while bytes are waited for, which a Python thread is to send."""

import socket
import threading

import deadlocks
from saying import ready, started

near, far = socket.socketpair()
going = threading.Event()


def sender():
    going.wait()
    far.sendall(b"x")


def main():
    started("sender", sender)
    ready()
    # The sender wakes up, and finds the interpreter taken.
    going.set()
    deadlocks.read_attached(near.detach())


main()
