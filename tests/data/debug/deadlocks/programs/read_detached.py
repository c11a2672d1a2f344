"""A thread waits for bytes without the interpreter, while the program computes."""

import socket

import deadlocks
from saying import ready, started

near, far = socket.socketpair()


def reader():
    deadlocks.read_detached(near.detach())


def count():
    number = 0
    while True:
        number += 1


def main():
    started("reader", reader)
    ready()
    count()


main()
