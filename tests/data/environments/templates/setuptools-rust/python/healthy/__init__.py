from ._native import add

__version__ = "0.3.0"
__all__ = ["add"]
