"""What goes from a cache asks the cache, in its __del__, how full it is."""

import tangle
from tangle_ready import ready

cache = tangle.Cache()


class Session:
    def __del__(self):
        print("a session ends; left:", cache.size())


def main():
    cache.put("ann", Session())
    ready()
    cache.put("ann", Session())


main()
