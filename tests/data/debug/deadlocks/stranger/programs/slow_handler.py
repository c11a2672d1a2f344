"""Five threads log through a handler that takes its time in Rust."""

import logging
import sys
import threading
import time

import tidemill


def ready():
    open(sys.argv[1], "w").close()


logger = logging.getLogger("tidemill")


class Slow(logging.Handler):
    def emit(self, record):
        tidemill.compute_detached(300)
        tidemill.sink_write(record.getMessage())


def request():
    while True:
        logger.warning("a request")


def main():
    logger.addHandler(Slow())
    for index in range(5):
        threading.Thread(target=request, name="request-{}".format(index), daemon=True).start()
    ready()
    while True:
        time.sleep(1)


main()
