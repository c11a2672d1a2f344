"""A list of millions of links is let go of, each by the one before."""

import tangle
from tangle_ready import ready


def main():
    chain = tangle.Chain(4000000)
    ready()
    chain.clear()


main()
