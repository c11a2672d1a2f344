"""One thread changes a setting and wants a lock of Python's, another has that and asks for the setting."""

import threading

import skein
from skein_ready import ready

changing = skein.Gate()
asking = skein.Gate()
lock = threading.RLock()
settings = skein.Settings()


def change(value):
    changing.enter()
    with lock:
        return value + 1


def change_setting():
    settings.update(change)


def ask_setting():
    with lock:
        asking.enter()
        print(settings.value())


threads = [
    threading.Thread(target=change_setting, name="changer"),
    threading.Thread(target=ask_setting, name="asker"),
]
for thread in threads:
    thread.start()
changing.arrived()
asking.arrived()
ready()
changing.open()
asking.open()
for thread in threads:
    thread.join()
