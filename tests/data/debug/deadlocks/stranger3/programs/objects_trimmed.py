"""Objects are dropped with the keeper's lock; a weak reference's callback asks how many are left."""

import weakref

import skein
from skein_ready import ready


class Thing:
    pass


def gone(_):
    ready()
    print(keeper.kept())


keeper = skein.Keeper()
thing = Thing()
reference = weakref.ref(thing, gone)
keeper.keep(thing)
del thing
keeper.trim()
