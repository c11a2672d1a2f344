"""A pool asks Python of every word; the main thread waits for the pool, detached."""

import tangle
from tangle_ready import ready


def length(word):
    total = 0
    for number in range(100000):
        total += number
    return len(word)


def main():
    words = ["word-%d" % number for number in range(300)]
    tangle.map_words(words[:6], length)
    ready()
    while True:
        tangle.map_words(words, length)


main()
