"""The interpreter is kept while a channel is waited for, whose sender needs it."""

import deadlocks
from saying import ready


def main():
    ready()
    deadlocks.receive_attached()


main()
