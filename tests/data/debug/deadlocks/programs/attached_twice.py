"""std's mutex, taken twice by a thread that keeps the interpreter; a thread waits for that which has no part in it."""

import deadlocks
from saying import ready


def main():
    deadlocks.needing_the_interpreter()
    ready()
    deadlocks.attached_twice()


main()
