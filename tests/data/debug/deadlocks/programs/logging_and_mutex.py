"""A handler of logging that needs a mutex of Rust, and Rust that logs with the mutex in hand."""

import logging
import threading

import deadlocks
from saying import ready, started

both = threading.Barrier(3)
log = logging.getLogger("corpus")


class Counting(logging.Handler):
    """A handler that counts in Rust."""

    def emit(self, record):
        both.wait()
        deadlocks.mutex_detached()


def log_first():
    log.warning("one record")


def mutex_first():
    deadlocks.call_with_mutex(log_something)


def log_something():
    both.wait()
    log.warning("another")


def main():
    log.addHandler(Counting())
    threads = [started("log first", log_first), started("mutex first", mutex_first)]
    both.wait()
    ready()
    for thread in threads:
        thread.join()


main()
