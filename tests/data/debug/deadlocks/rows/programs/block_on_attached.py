"""A future is waited for with the interpreter in hand, which a thread of the runtime needs."""

import rows
from saying import ready


def main():
    ready()
    rows.block_on_attached()


main()
