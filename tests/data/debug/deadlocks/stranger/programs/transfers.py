"""Two transfers in opposite directions; main goes on meanwhile."""

import sys
import threading
import time

import tidemill


def ready():
    open(sys.argv[1], "w").close()


one, two = tidemill.Account(10), tidemill.Account(20)
both = threading.Barrier(2)


def there():
    one.transfer(two, 1, both.wait)


def back():
    two.transfer(one, 1, both.wait)


def main():
    threading.Thread(target=there, name="there", daemon=True).start()
    threading.Thread(target=back, name="back", daemon=True).start()
    time.sleep(0.1)
    ready()
    while True:
        sum(range(10_000))
        time.sleep(0.001)


main()
