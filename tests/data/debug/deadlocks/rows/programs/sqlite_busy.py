"""A database is busy with what takes minutes, and another thread waits until it is free."""

import threading
import sqlite3
import tempfile

import rows
from saying import ready, started


def write(path, begun):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("begin immediate")
    begun.set()
    rows.compute(300.0)
    connection.execute("commit")


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/data"
        begun = threading.Event()
        started("write", write, path, begun)
        begun.wait()
        ready()
        sqlite3.connect(path, timeout=300.0).execute("create table t (a)")


main()
