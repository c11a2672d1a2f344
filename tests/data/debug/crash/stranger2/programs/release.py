"""Memory is given back that was never got."""

import kiln


def give_up(size):
    return kiln.release(size)


def main():
    give_up(4096)


main()
