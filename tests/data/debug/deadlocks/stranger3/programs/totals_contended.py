"""Python's threads, attached, and Rust's, who attach without it, count under one lock."""

import threading

import skein
from skein_ready import ready


def count():
    while True:
        skein.add(1000)


skein.start_adders(2)
for number in range(4):
    threading.Thread(target=count, name=f"count-{number}", daemon=True).start()
ready()
while True:
    skein.add(10)
