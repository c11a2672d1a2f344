"""Two are to meet, and one of them has to ask Python first."""

import tangle
from tangle_ready import ready


def main():
    tangle.start_partner(lambda: "good day")
    ready()
    tangle.meet()


main()
