"""Two mutexes, taken in two orders, without the interpreter."""

import threading

import deadlocks
from saying import ready, started

both = threading.Barrier(3)


def one():
    deadlocks.first_then_second(both.wait)


def other():
    deadlocks.second_then_first(both.wait)


def main():
    threads = [started("one", one), started("other", other)]
    both.wait()
    ready()
    for thread in threads:
        thread.join()


main()
