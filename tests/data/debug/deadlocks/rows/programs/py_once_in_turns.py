"""Three threads want a value of PyO3's that takes minutes."""

import rows
from saying import ready, started


def main():
    for number in range(2):
        started(f"asks-{number}", rows.py_once_in_turns, 300.0)
    ready()
    rows.py_once_in_turns(300.0)


main()
