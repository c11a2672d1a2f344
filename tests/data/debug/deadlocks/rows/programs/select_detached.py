"""Two channels are waited for without the interpreter."""

import rows
from saying import ready


def main():
    ready()
    rows.select_detached(300.0)


main()
