"""A pool's threads rate with Python, while the main thread waits for them with the GIL."""

import sys

import skein
from skein_ready import ready

scorers = skein.Scorers()
sys.setswitchinterval(100)
ready()
print(scorers.score_all(abs, 64))
