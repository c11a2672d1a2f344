"""A thread makes the catalogue's index anew, while the main thread asks for its size."""

import skein
from skein_ready import last_step

gate = skein.Gate()
skein.start_indexer(gate)
last_step(gate)
print(skein.catalogue_entries())
