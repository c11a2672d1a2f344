"""Two threads are the first to use a table; loading it runs Python."""

import sys
import threading
import time

import tidemill


def ready():
    open(sys.argv[1], "w").close()


loading = threading.Event()
over = False


def load():
    loading.set()
    while not over:
        time.sleep(0.005)
    return 7


def main():
    global over
    tidemill.use_loader(load)
    threading.Thread(target=tidemill.table_size, name="warm-up", daemon=True).start()
    loading.wait()
    ready()
    tidemill.table_size()
    over = True


main()
