"""The main thread reads an answer from a thread that asks Python for it."""

import skein
from skein_ready import last_step

gate = skein.Gate()
peer = skein.Peer(gate)
last_step(gate)
print(peer.ask())
