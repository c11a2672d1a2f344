"""A thread is attached while it sleeps for an hour, and another collects garbage."""

import gc

import deadlocks
from saying import ready, started


def collect():
    while True:
        gc.collect()


def main():
    started("collector", collect)
    ready()
    deadlocks.sleep_attached(3600)


main()
