"""A reader reads again further down, and a writer has come between."""

import threading

import skein
from skein_ready import ready

reading = skein.Gate()
tree = skein.Tree()
threads = [
    threading.Thread(target=tree.sum, args=(reading,), name="reader"),
    threading.Thread(target=tree.grow, name="grower"),
]
threads[0].start()
reading.arrived()
ready()
reading.open()
threads[1].start()
for thread in threads:
    thread.join()
