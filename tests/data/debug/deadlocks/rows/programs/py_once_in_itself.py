"""A value of PyO3 is needed to make itself."""

import rows
from saying import ready


def main():
    ready()
    rows.py_once_in_itself()


main()
