"""A panic in a thread that nobody asks about: the program goes on with a wrong number."""

import debugging_example


def main():
    print(debugging_example.panic_in_thread())


main()
