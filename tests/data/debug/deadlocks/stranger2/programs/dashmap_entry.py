"""One thread has an entry and wants a lock of Python's, another has the lock and wants all entries."""

import threading

import tangle
from tangle_ready import ready

LOCK = threading.Lock()
has_lock = threading.Event()
has_entry = threading.Event()
index = tangle.Index(["tide", "mill"])


def bump(count):
    has_entry.set()
    has_lock.wait()
    with LOCK:
        return count + 1


def update():
    index.update("tide", bump)


def report():
    with LOCK:
        has_lock.set()
        has_entry.wait()
        ready()
        print(index.sum())


def main():
    threads = [threading.Thread(target=update, name="update"), threading.Thread(target=report, name="report")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
