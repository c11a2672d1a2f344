"""Three threads feed a belt that is full, and wait detached; the consumer takes half a second for each."""

import threading
import time

import tangle
from tangle_ready import ready


def pack(item):
    time.sleep(0.3)
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass


def produce(number):
    while True:
        tangle.feed(number)


def main():
    tangle.start_consumer(pack)
    threads = [threading.Thread(target=produce, args=(number,), name="feeder-%d" % number) for number in range(3)]
    for thread in threads:
        thread.start()
    ready()
    for thread in threads:
        thread.join()


main()
