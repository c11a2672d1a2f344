"""std's mutex, taken twice by a thread that keeps the interpreter, for which a thread waits that has nothing to do with it."""

import deadlocks
from saying import ready


def main():
    deadlocks.needing_the_interpreter()
    ready()
    deadlocks.attached_twice()


main()
