"""A condition is waited for, 50 ms at a time, without the interpreter."""

import deadlocks
from saying import ready


def main():
    ready()
    deadlocks.condvar_in_turns(6000)


main()
