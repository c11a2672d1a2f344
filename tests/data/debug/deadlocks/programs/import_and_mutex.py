"""A module that needs a mutex while it is imported, and Rust that imports it with the mutex in hand."""

import threading

import saying

both = threading.Barrier(3)


def import_first():
    import imported_with_mutex  # noqa: F401, PLC0415 - it never comes to more


def mutex_first():
    import deadlocks  # noqa: PLC0415 - the other thread imports first

    deadlocks.call_with_mutex(import_second)


def import_second():
    both.wait()
    import imported_with_mutex  # noqa: F401, PLC0415 - that is the fault


def main():
    saying.both = both
    threads = [saying.started("import first", import_first), saying.started("mutex first", mutex_first)]
    both.wait()
    saying.ready()
    for thread in threads:
        thread.join()


main()
