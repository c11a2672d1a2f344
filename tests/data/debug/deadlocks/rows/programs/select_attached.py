"""Two channels are waited for with the interpreter in hand, which the sender needs."""

import rows
from saying import ready


def main():
    ready()
    rows.select_attached()


main()
