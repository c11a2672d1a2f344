"""Many threads, with and without Python, take one mutex for a moment, thousands of times a second."""

import threading

import tangle
from tangle_ready import ready


def count():
    while True:
        tangle.count_up(2000)


def main():
    tangle.start_counters(2)
    threads = [threading.Thread(target=count, name="count-%d" % number) for number in range(4)]
    for thread in threads:
        thread.start()
    ready()
    for thread in threads:
        thread.join()


main()
