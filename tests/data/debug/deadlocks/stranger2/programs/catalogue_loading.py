"""A catalogue is loaded with Python's help, next to a thread that computes; the main thread waits for it."""

import threading

import tangle
from tangle_ready import ready

begun = threading.Event()


def page_size(page):
    return sum(range(page % 50))


def type_on():
    words = 0
    while True:
        words += 1


def main():
    threading.Thread(target=type_on, name="typist", daemon=True).start()
    tangle.start_catalogue(8000, begun.set, page_size)
    begun.wait()
    ready()
    print(tangle.catalogue_size())


main()
