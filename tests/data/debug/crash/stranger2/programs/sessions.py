"""A store that cannot be reached, and an error while that is told."""

import kiln

HEADERS = {}


def fetch(name):
    try:
        return kiln.open_store("https://oven:Gl4zeAndF1re@store.ofen.example/v2/" + name, False)
    except ConnectionError:
        return tell(name)


def tell(name):
    return HEADERS["cookie: session=9f8e7d6c5b4a39281706f5e4d3c2b1a0; user=" + name]


def main():
    kiln.recipe(fetch, "petra.lindqvist")


main()
