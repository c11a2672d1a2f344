"""The interpreter is kept while a pool works, whose threads need it."""

import deadlocks
from saying import ready


def main():
    ready()
    deadlocks.rayon_attached()


main()
