"""A panic in a function that C calls."""

import deadlocks
from saying import ready


def main():
    ready()
    deadlocks.unwind_into_c()


main()
