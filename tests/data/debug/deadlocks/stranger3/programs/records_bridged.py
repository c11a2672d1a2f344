"""A bridge to logging keeps its list locked while it logs, and a handler appends to that list."""

import logging
import threading

import skein
from skein_ready import ready

flushing = skein.Gate()
emitting = skein.Gate()
log = logging.getLogger("bridge")


class Bridge(logging.Handler):
    def emit(self, record):
        emitting.enter()
        skein.append_record(record.getMessage())


def write():
    log.warning("from Python")


def flush():
    skein.flush_records(log, flushing)


log.propagate = False
log.addHandler(Bridge())
skein.append_record("from Rust")
threads = [threading.Thread(target=write, name="author"), threading.Thread(target=flush, name="flusher")]
for thread in threads:
    thread.start()
emitting.arrived()
flushing.arrived()
ready()
emitting.open()
flushing.open()
for thread in threads:
    thread.join()
