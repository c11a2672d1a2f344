"""A future is waited for without the interpreter."""

import rows
from saying import ready


def main():
    ready()
    rows.block_on_detached(300.0)


main()
