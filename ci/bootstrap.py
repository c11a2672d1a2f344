"""The first command on a fresh machine: makes the private environment that nox runs in, then hands over to nox.

This file has to parse on Python 2.7: an interpreter that is too old gets a sentence, not a syntax error. Everything
else is in start.py and what that imports.
"""

import sys

if sys.version_info < (3, 8):  # noqa: UP036 - the one file that may meet an older interpreter
    sys.stderr.write(
        "bootstrap: Python 3.8 or later is needed and %s is %d.%d; start it with a newer one, as in "  # noqa: UP031
        "`python3.11 ci/bootstrap.py`\n" % (sys.executable, sys.version_info[0], sys.version_info[1])
    )
    sys.exit(2)

if __name__ == "__main__":
    try:
        import start

        sys.exit(start.main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.stderr.write("bootstrap: interrupted\n")
        sys.exit(130)
