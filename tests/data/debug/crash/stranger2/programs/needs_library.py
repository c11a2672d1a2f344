"""An extension whose shared library is not installed."""


def load():
    import kilnfire

    return kilnfire


def main():
    load()


main()
