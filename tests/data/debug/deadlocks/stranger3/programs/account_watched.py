"""An auditor books and tells the watcher, while the main thread asks for the balance."""

import skein
from skein_ready import last_step

gate = skein.Gate()
account = skein.Account(print)
account.start_auditor(gate)
last_step(gate)
print(account.balance())
