"""A thread took a guard, forgot it, and has ended."""

import skein
from skein_ready import ready

skein.lend(False)
ready()
print(skein.total_of_accounts())
