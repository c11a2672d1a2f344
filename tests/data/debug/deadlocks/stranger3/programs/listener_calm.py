"""The main thread waits, detached, for a caller, who comes every second."""

import socket
import threading
import time

import skein
from skein_ready import ready


def call(port):
    while True:
        time.sleep(1)
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"hello")


listener = skein.Listener()
threading.Thread(target=call, args=(listener.port,), name="caller", daemon=True).start()
ready()
while True:
    listener.next_request()
