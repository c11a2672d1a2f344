"""An address that nobody has."""

import threading

import kiln


def probe(offset):
    return kiln.read_far(offset)


def main():
    thread = threading.Thread(target=probe, args=(4096,), name="probe")
    thread.start()
    thread.join()


main()
