"""Three threads wait, detached, for a change that does not come, for two seconds at a time."""

import threading

import skein
from skein_ready import ready


def watch():
    while True:
        skein.wait_for_change(2000)


for number in range(2):
    threading.Thread(target=watch, name=f"watch-{number}", daemon=True).start()
ready()
while True:
    skein.wait_for_change(2500)
