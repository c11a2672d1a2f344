"""A pool's threads rate with Python, while the main thread waits for them, detached."""

import skein
from skein_ready import ready


def rate(each):
    return sum(range(each * 20))


scorers = skein.Scorers()
ready()
while True:
    scorers.score_detached(rate, 2000)
