"""The interpreter is kept while a condition is waited for, which a thread makes true that needs it."""

import deadlocks
from saying import ready


def main():
    ready()
    deadlocks.condvar_attached()


main()
