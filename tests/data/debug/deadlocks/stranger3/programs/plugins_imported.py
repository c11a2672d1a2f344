"""One thread loads the plugins, which imports their module; another imports that, and it asks for the plugins."""

import threading

import skein
from skein_gates import importing, loading
from skein_ready import ready


def load():
    print(skein.plugin_count(loading))


def import_it():
    import skein_plugins

    print(skein_plugins.NAMES)


threads = [threading.Thread(target=load, name="loader"), threading.Thread(target=import_it, name="importer")]
for thread in threads:
    thread.start()
loading.arrived()
importing.arrived()
ready()
loading.open()
importing.open()
for thread in threads:
    thread.join()
