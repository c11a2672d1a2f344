"""The main thread waits until a thread has written to a file of Python's."""

import sys

import skein
from skein_ready import last_step

gate = skein.Gate()
journal = skein.Journal(sys.stdout, gate)
last_step(gate)
print(journal.flush())
