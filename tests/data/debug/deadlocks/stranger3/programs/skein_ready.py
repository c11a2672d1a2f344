"""What the programs say when everything is in place."""

import os
import sys


def ready(pid=None):
    """Name the process to look at: `pid`, or this one."""
    path = sys.argv[1]
    with open(path + ".part", "w") as file:
        file.write(str(pid or os.getpid()))
    os.replace(path + ".part", path)


def last_step(*gates):
    """All that stop at these gates are there: say so and let them go on; nobody gets the GIL from this thread from here on."""
    for gate in gates:
        gate.arrived()
    sys.setswitchinterval(100)
    ready()
    for gate in gates:
        gate.open()
