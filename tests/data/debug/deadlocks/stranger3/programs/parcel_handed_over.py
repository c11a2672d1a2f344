"""The main thread hands a parcel to a thread that wants the GIL before it takes one."""

import skein
from skein_ready import last_step

gate = skein.Gate()
counter = skein.Counter(gate)
last_step(gate)
print(counter.hand_over("a parcel"))
