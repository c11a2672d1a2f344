"""A pool waits for another one without the interpreter."""

import rows
from saying import ready


def main():
    ready()
    rows.pool_in_pool_detached(300.0)


main()
