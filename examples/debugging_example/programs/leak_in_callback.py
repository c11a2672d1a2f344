"""A leak in Rust that Python called that Rust called."""

import debugging_example


def work():
    debugging_example.leak_box()


def main(times):
    for _ in range(times):
        debugging_example.call_back(work)


if __name__ == "__main__":
    main(1000)
