"""The main thread tries, attached, for a lock that a thread of Rust's takes without end."""

import threading
import time

import skein
from skein_ready import ready


def tick():
    while True:
        time.sleep(0.05)


skein.start_counting()
for number in range(2):
    threading.Thread(target=tick, name=f"tick-{number}", daemon=True).start()
ready()
while True:
    skein.try_add(50)
