"""The main thread waits, detached, for a thread that takes 150 s."""

import threading
import time

import skein
from skein_ready import ready


def tick():
    while True:
        time.sleep(0.2)


for number in range(2):
    threading.Thread(target=tick, name=f"tick-{number}", daemon=True).start()
ready()
skein.convert_all(150)
