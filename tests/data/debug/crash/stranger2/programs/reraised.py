"""A panic is caught and told as an error of the program's own."""

import kiln


class FiringError(Exception):
    pass


def fire_batch(labels):
    try:
        return kiln.short_label(labels[-1], 4)
    except BaseException as error:
        raise FiringError("batch of %d cannot be fired" % len(labels)) from error


def main():
    fire_batch([b"bowl", b"cup"])


main()
