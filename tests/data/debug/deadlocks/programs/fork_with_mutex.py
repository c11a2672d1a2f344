"""A fork while another thread has a mutex: the child has the mutex, locked, and not the thread."""

import os
import threading
import warnings

import deadlocks
from saying import ready, started

taken = threading.Event()


def holder():
    deadlocks.hold_and_compute(taken.set, 300)


def child():
    deadlocks.lock_detached()


def main():
    # 3.12 on: that is what it warns of.
    warnings.simplefilter("ignore", DeprecationWarning)
    started("holder", holder)
    taken.wait()
    pid = os.fork()
    if pid == 0:
        child()
        return
    ready(pid)
    os.waitpid(pid, 0)


main()
