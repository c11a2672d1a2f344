"""Imported by plugins_imported, by two of its threads."""

import skein
from skein_gates import importing

importing.enter()
NAMES = ["plugin"] * skein.register_plugin()
