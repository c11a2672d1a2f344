"""A task of tokio's refreshes the token, while the main thread asks for it."""

import skein
from skein_ready import last_step

gate = skein.Gate()
client = skein.Client()
client.start_refresh(gate)
last_step(gate)
print(client.token())
