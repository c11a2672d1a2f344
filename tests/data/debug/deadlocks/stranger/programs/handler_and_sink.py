"""One thread logs, and the handler wants the sink; another has the sink and logs."""

import logging
import sys
import threading

import tidemill


def ready():
    open(sys.argv[1], "w").close()


logger = logging.getLogger("tidemill")
in_handler = threading.Event()
has_sink = threading.Event()


class Sink(logging.Handler):
    def emit(self, record):
        in_handler.set()
        has_sink.wait()
        tidemill.sink_write(record.getMessage())


def tell(count):
    has_sink.set()
    in_handler.wait()
    ready()
    logger.warning("%d lines flushed", count)


def request():
    logger.warning("a request")


def flush():
    in_handler.wait()
    tidemill.sink_flush(tell)


def main():
    logger.addHandler(Sink())
    threads = [threading.Thread(target=request, name="request"), threading.Thread(target=flush, name="flush")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
