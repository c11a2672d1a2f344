"""Another process has the file; the screen waits for the main thread's GIL."""

import os
import subprocess
import sys
import threading

import skein
from skein_ready import ready

path = os.path.abspath(sys.argv[1] + ".database")
there = threading.Event()
asked = threading.Event()
OTHER = """
import fcntl, signal, sys
file = open(sys.argv[1])
fcntl.flock(file, fcntl.LOCK_EX)
print("locked", flush=True)
signal.pause()
"""


def refresh():
    there.set()
    asked.wait()
    print("drawn anew")


with open(path, "w") as file:
    file.write("rows")
other = subprocess.Popen([sys.executable, "-c", OTHER, path], stdout=subprocess.PIPE)
print(other.stdout.readline())
threading.Thread(target=refresh, name="screen").start()
there.wait()
sys.setswitchinterval(100)
ready()
asked.set()
print(skein.open_database(path))
