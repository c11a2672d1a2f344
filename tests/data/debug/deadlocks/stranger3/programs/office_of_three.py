"""Three parties: the main thread wants the accounts, a transfer the journal, the printer the GIL."""

import skein
from skein_ready import last_step

transferring, printing = skein.Gate(), skein.Gate()
skein.start_office(transferring, printing)
last_step(transferring, printing)
print(skein.total_of_accounts())
