"""A value that is made once, and needed to make itself."""

import deadlocks
from saying import ready


def main():
    ready()
    deadlocks.once_in_itself()


main()
