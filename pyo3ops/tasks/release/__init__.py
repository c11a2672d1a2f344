"""`pyo3ops release` and its actions, one verb a file."""
