"""A program's input and output are full, for nobody reads; the screen waits for the main thread's GIL."""

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
print(filter_.run(b"x" * 4_000_000))
