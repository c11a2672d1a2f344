"""Both ways between two stages are full; the screen waits for the main thread's GIL."""

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


stages = skein.Stages()
threading.Thread(target=refresh, name="screen").start()
there.wait()
sys.setswitchinterval(100)
ready()
asked.set()
print(stages.submit(10))
