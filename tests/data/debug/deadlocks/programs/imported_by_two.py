"""The module of import_and_join."""

import deadlocks
from saying import ready


def import_again():
    ready()
    import imported_by_two  # noqa: F401, PLC0415 - that is the fault


deadlocks.run_in_thread(import_again)
