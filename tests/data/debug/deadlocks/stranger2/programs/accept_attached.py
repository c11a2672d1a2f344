"""The main thread waits for a caller, who is a thread of the same program."""

import socket
import sys
import threading

import tangle
from tangle_ready import ready

asked = threading.Event()
there = threading.Event()


def call_in(port):
    there.set()
    asked.wait()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"here I am")


def main():
    inbox = tangle.Inbox()
    threading.Thread(target=call_in, args=(inbox.port,), name="caller").start()
    there.wait()
    sys.setswitchinterval(100)
    ready()
    asked.set()
    print(inbox.next_message())


main()
