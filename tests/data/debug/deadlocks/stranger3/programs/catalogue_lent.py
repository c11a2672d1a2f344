"""A thread took a guard, forgot it, and has ended."""

import skein
from skein_ready import ready

skein.lend(True)
ready()
print(skein.catalogue_entries())
