"""Facts read from the project's own files."""
