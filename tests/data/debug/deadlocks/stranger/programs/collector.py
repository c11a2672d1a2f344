"""Names are made for the members while their list is locked; the collector frees a member meanwhile."""

import gc
import sys

import tidemill


def ready():
    open(sys.argv[1], "w").close()


def name(number):
    gc.collect()
    return "member {}".format(number)


def lose_two():
    one, two = tidemill.Member(1), tidemill.Member(2)
    one.friend, two.friend = two, one


def main():
    gc.disable()
    kept = tidemill.Member(3)
    lose_two()
    ready()
    print(tidemill.enrol(name), kept)


main()
