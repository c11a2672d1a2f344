"""Two locks, taken in two orders: the interpreter's and a mutex."""

import threading
import time

import debugging_example


def locker():
    debugging_example.lock_then_attach(0.3)


def main():
    threading.Thread(target=locker, daemon=True).start()
    time.sleep(0.1)
    print("waiting", flush=True)
    debugging_example.attach_then_lock()


main()
