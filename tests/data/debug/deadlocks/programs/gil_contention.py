"""Threads of Python alone, which all want the interpreter."""

from saying import ready, started


def count():
    number = 0
    while True:
        number += 1


def main():
    for index in range(3):
        started(f"counter {index}", count)
    ready()
    count()


main()
