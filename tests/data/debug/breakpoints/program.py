"""Python, Rust, Python, Rust: with a stop in each."""

# ruff: noqa: ANN001, ANN201, T201
import sys

import debugging_example


def leaf(count, name="größe"):
    total = count + 1
    # A comment between the two.

    print("leaf", total, name)
    return debugging_example.own_pointer()


def middle(depth=2):
    count = 0
    while count < depth:
        leaf(count)
        count += 1
    debugging_example.sleep_attached(0.001)


def main():
    debugging_example.call_back(middle)
    print("arguments", sys.argv[1:])
    sys.exit(3)


if __name__ == "__main__":
    main()
