"""A thread reads the options ahead, and the main thread asks for one."""

import skein
from skein_ready import last_step

gate = skein.Gate()
skein.preload_options(gate)
last_step(gate)
print(skein.option_count())
