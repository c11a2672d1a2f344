"""What the programs have in common: to say that they are there, and to start threads that have names."""

import os
import sys
import threading
from pathlib import Path


def ready(pid=None):
    """Say to the looker that everything is in place, in the process `pid`, or in this one."""
    path = Path(sys.argv[1])
    beside = path.with_name(path.name + ".part")
    beside.write_text(str(pid or os.getpid()))
    beside.replace(path)


def started(name, function, *arguments):
    """A thread that does not keep the program alive."""
    thread = threading.Thread(target=function, args=arguments, name=name, daemon=True)
    thread.start()
    return thread
