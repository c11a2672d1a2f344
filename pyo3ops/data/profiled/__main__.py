"""Run a script as its interpreter would, and write down which process did and that it went well.

py-spy keeps the exit code to itself; CPython names what perf reads after the process.
"""

import os
import runpy
import sys

started, succeeded, sys.argv = sys.argv[1], sys.argv[2], sys.argv[3:]
with open(started, "w") as file:
    file.write(str(os.getpid()))
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as ending:
    if ending.code not in (None, 0):
        raise
with open(succeeded, "w"):
    pass
