"""A lock of threading and a mutex of Rust, taken in two orders, without the interpreter."""

import threading

import deadlocks
from saying import ready, started

lock = threading.Lock()
both = threading.Barrier(3)


def lock_first():
    with lock:
        both.wait()
        deadlocks.mutex_detached()


def mutex_first():
    deadlocks.call_with_mutex(with_lock)


def with_lock():
    both.wait()
    with lock:
        pass


def main():
    threads = [started("lock first", lock_first), started("mutex first", mutex_first)]
    both.wait()
    ready()
    for thread in threads:
        thread.join()


main()
