"""A logger asks for its level while it is made; whoever sets the level makes a logger."""

import logging
import threading

import tangle
from tangle_ready import ready

making = threading.Event()
applying = threading.Event()


class Leveled(logging.Logger):
    def __init__(self, name):
        super().__init__(name)
        making.set()
        applying.wait()
        ready()
        self.setLevel(tangle.default_level())


def announce(level):
    applying.set()
    making.wait()
    logging.getLogger("settings").info("the level is %d", level)


def first_log():
    logging.getLogger("requests").info("a request")


def set_level():
    making.wait()
    tangle.apply(10, announce)


def main():
    logging.setLoggerClass(Leveled)
    threads = [threading.Thread(target=first_log, name="request"), threading.Thread(target=set_level, name="set-level")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
