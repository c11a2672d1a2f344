"""Gates of plugins_imported and of the module that it imports."""

import skein

importing = skein.Gate()
loading = skein.Gate()
