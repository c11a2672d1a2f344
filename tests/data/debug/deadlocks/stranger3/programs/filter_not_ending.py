"""The main thread waits for a program whose input it has not closed; the screen waits for the GIL."""

import sys
import threading

import skein
from skein_ready import ready

there = threading.Event()
asked = threading.Event()


def refresh():
    there.set()
    asked.wait()
    print("drawn anew")


filter_ = skein.Filter("cat")
threading.Thread(target=refresh, name="screen").start()
there.wait()
sys.setswitchinterval(100)
ready()
asked.set()
print(filter_.finish())
