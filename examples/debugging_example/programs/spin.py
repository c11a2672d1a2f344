"""A loop in Rust that hears no ^C."""

import debugging_example


def main():
    print("waiting", flush=True)
    debugging_example.spin()


main()
