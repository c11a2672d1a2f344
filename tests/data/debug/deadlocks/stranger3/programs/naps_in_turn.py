"""Threads sleep, detached, with a lock, one after the other."""

import threading

import skein
from skein_ready import ready


def nap():
    while True:
        skein.nap_with_lock(700)


for number in range(3):
    threading.Thread(target=nap, name=f"nap-{number}", daemon=True).start()
ready()
while True:
    skein.nap_with_lock(900)
