"""A map is changed while a reference into it is kept."""

import rows
from saying import ready


def main():
    ready()
    rows.dashmap_twice()


main()
