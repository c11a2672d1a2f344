"""The main thread joins a thread of a scope, which wants the GIL."""

import sys

import skein
from skein_ready import ready

sys.setswitchinterval(100)
ready()
print(skein.resize_both(b"left", b"right"))
