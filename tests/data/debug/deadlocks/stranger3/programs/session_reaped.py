"""A thread closes a session, which says goodbye to Python, while the main thread counts sessions."""

import skein
from skein_ready import last_step

gate = skein.Gate()
skein.start_reaper(gate)
last_step(gate)
print(skein.open_sessions())
