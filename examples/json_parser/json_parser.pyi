from typing import Any, Final

__all__ = ["JSONDecodeError", "__version__", "dumps", "loads", "loads_through_value"]

__version__: Final[str]

class JSONDecodeError(ValueError):
    """The document is no JSON: `msg` says why; `pos`, `lineno` and `colno` say where, in characters."""

    msg: str
    pos: int
    lineno: int
    colno: int

def loads(document: bytes | bytearray | memoryview | str, /) -> Any:
    """The Python object that a JSON document describes; bytes are UTF-8.

    Raises `JSONDecodeError`, also for NaN, Infinity and floats out of range; `RecursionError` where arrays and objects
    lie in each other more than 1024 deep; `ValueError` where an integer has more digits than
    `sys.set_int_max_str_digits` allows; `TypeError` for other arguments.
    """

def loads_through_value(document: bytes | bytearray | memoryview | str, /) -> Any:
    """The same through `serde_json::Value`: the wrong way, to compare with. Raises `ValueError`."""

def dumps(value: Any, /) -> bytes:
    """The JSON document that describes a Python object: compact, in UTF-8.

    What `json.dumps` takes, with `json`'s rules for subclasses and keys. Raises `TypeError` for other types,
    `ValueError` for NaN, Infinity and a container that lies in itself, `RecursionError` more than 1024 deep.
    """
