"""What `pyo3ops wheels` does: one action a file."""
