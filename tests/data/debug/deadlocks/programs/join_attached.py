"""The interpreter is kept while a thread is joined that needs it."""

import deadlocks
from saying import ready


def main():
    ready()
    deadlocks.join_attached()


main()
