"""What `pyo3ops debug` does: one file an action."""
