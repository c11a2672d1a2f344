"""A setting's default is stored while the setting is read."""

import skein
from skein_ready import ready

settings = skein.Settings()
ready()
print(settings.value_or_default())
