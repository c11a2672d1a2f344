"""Parts are weighed by threads that the caller waits for without letting go of the interpreter."""

import tangle
from tangle_ready import ready


def main():
    ready()
    print(tangle.weigh_all(["beam", "bolt"]))


main()
