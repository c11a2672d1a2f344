"""A consumer waits for what a producer sends once a second."""

import deadlocks
from saying import ready


def main():
    ready()
    deadlocks.receive_detached(300)


main()
