"""The main thread computes, attached, for a long time, and others wait for their turn."""

import threading
import time

import skein
from skein_ready import ready


def tick():
    while True:
        time.sleep(0.05)


for number in range(3):
    threading.Thread(target=tick, name=f"tick-{number}", daemon=True).start()
ready()
print(skein.simulate(150))
