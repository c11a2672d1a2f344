"""A module that waits, while it is imported, for a thread of Rust that imports the same module."""

import imported_by_two  # noqa: F401 - it never comes to more
