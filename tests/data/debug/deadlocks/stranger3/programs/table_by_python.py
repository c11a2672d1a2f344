"""The first who asks has a table made by Python, which takes long; the others wait for it, detached."""

import threading
import time

import skein
from skein_ready import ready


def make():
    started.set()
    until = time.monotonic() + 150
    count = 0
    while time.monotonic() < until:
        count += 1
    return count


def ask():
    print(skein.table_size(make))


started = threading.Event()
threading.Thread(target=ask, name="maker", daemon=True).start()
started.wait()
for number in range(2):
    threading.Thread(target=ask, name=f"asker-{number}", daemon=True).start()
ready()
ask()
