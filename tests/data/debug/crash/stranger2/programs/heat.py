"""More is lost than there is."""

import kiln


def losses(loss):
    return kiln.total_heat([12, 9, 30], loss)


def main():
    print(losses(3))
    print(losses(11))


main()
