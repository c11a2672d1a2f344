"""A place on the shelf that is empty, asked for in a callback."""

import kiln

shelf = kiln.Shelf(["cup", None, "bowl"])


def fetch_piece(place):
    return shelf.take(place)


def main():
    print(kiln.fire_each([0, 1], fetch_piece))


main()
