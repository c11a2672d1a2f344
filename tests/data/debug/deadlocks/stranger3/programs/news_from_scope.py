"""A pool's scope tells Python news, while the main thread waits for it with the GIL."""

import sys

import skein
from skein_ready import ready

scorers = skein.Scorers()
sys.setswitchinterval(100)
ready()
print(scorers.announce_all(print, 3))
