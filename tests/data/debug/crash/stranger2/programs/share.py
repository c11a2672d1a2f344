"""Shared out to nobody."""

import kiln


def portions(whole, eaters):
    return kiln.share_out(whole, len(eaters))


def main():
    portions(12, [])


main()
