"""Everybody waits for the next request, which comes every second or two."""

import socket
import sys
import threading
import time

import tidemill


def ready():
    open(sys.argv[1], "w").close()


server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(1)
wake = threading.Event()


def work():
    while True:
        tidemill.work_off()


def housekeeping():
    while True:
        wake.wait()
        wake.clear()


def client():
    while True:
        time.sleep(1.7)
        with socket.create_connection(server.getsockname()) as connection:
            connection.sendall(b"7")


def main():
    tidemill.start_pool_idle()
    for target in (work, housekeeping, client):
        threading.Thread(target=target, name=target.__name__, daemon=True).start()
    ready()
    while True:
        connection, _ = server.accept()
        tidemill.warm_up(int(connection.recv(1)))
        connection.close()
        wake.set()


main()
