"""`python -m pyo3ops`."""

from pyo3ops.cli import entry

if __name__ == "__main__":
    entry()
