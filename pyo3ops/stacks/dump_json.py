"""A `Dump` as JSON and back: what a report keeps, what a bug report carries, what a reader takes in again.

The fields are those of the dataclasses; what has its default is left out. Numbers, texts and lists are checked on the
way in, for such a file may come from anywhere.
"""

from __future__ import annotations

import dataclasses
import json
import re
from enum import Enum
from typing import TYPE_CHECKING, Any, Mapping

from pyo3ops.stacks import model
from pyo3ops.stacks.model import Dump

if TYPE_CHECKING:
    from collections.abc import Callable

#: The name of the format, in the document's "format".
FORMAT = "pyo3ops-dump/1"
#: Exceptions that are each other's cause, or in each other's group.
_DEEPEST = 100

_PLAIN: Mapping[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "bool": (bool,), "float": (float, int)}


def to_text(dump: Dump) -> str:
    """The document, sorted by key, in ASCII, with a newline at its end."""
    return json.dumps(to_json(dump), indent=1, sort_keys=True) + "\n"


def to_json(dump: Dump) -> dict[str, Any]:
    """The document as json.dumps takes it."""
    return {"format": FORMAT, **_written(dump)}


def from_text(text: str) -> Dump:
    """The dump that a document holds; `ValueError` says what is wrong with it."""
    try:
        data = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    if not isinstance(data, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - one error for whatever is wrong with a file
    return from_json(data)


def from_json(data: Mapping[str, Any]) -> Dump:
    """The dump again; `ValueError` names the field that is not as this version writes it."""
    if data.get("format") != FORMAT:
        raise ValueError(f"its format is {str(data.get('format'))[:50]!r} in place of {FORMAT!r}")
    dump = _read(Dump, {name: value for name, value in data.items() if name != "format"}, "dump", 0)
    assert isinstance(dump, Dump)  # noqa: S101 - for the type checker
    return dump


def _written(value: object) -> Any:  # noqa: ANN401 - what json.dumps takes
    if dataclasses.is_dataclass(value):
        fields = ((each, getattr(value, each.name)) for each in dataclasses.fields(value))
        return {each.name: _written(inner) for each, inner in fields if inner != each.default}
    if isinstance(value, tuple):
        return [_written(each) for each in value]
    return value.value if isinstance(value, Enum) else value


def _read(kind: Any, data: object, where: str, depth: int) -> object:  # noqa: ANN401 - a dataclass of the model
    if not isinstance(data, dict):
        raise ValueError(f"{where} is no object")  # noqa: TRY004
    if depth > _DEEPEST:
        raise ValueError(f"{where} is nested too deep")
    fields = {each.name: each for each in dataclasses.fields(kind)}
    unknown = sorted(str(each)[:50] for each in data if each not in fields)
    if unknown:
        raise ValueError(f"{where} has a field that this version does not know: {unknown[0]}")
    missing = [name for name, each in fields.items() if each.default is dataclasses.MISSING and name not in data]
    if missing:
        raise ValueError(f"{where} lacks its {missing[0]}")
    return kind(**{name: _value(str(fields[name].type), each, f"{where}.{name}", depth) for name, each in data.items()})


def _value(written: str, data: object, where: str, depth: int) -> object:
    """A value of the type that an annotation names: X, X | None or Tuple[X, ...]."""
    several = re.fullmatch(r"[Tt]uple\[(\w+), \.\.\.\]", written)
    if several or written == "Frames":
        inner = several[1] if several else "Frame"
        if not isinstance(data, list):
            raise ValueError(f"{where} is no list")
        return tuple(_value(inner, each, f"{where}[{number}]", depth) for number, each in enumerate(data))
    name, optional = (written[:-7], True) if written.endswith(" | None") else (written, False)
    if data is None and optional:
        return None
    return _plain(name, data, where) if name in _PLAIN else _typed(getattr(model, name), data, where, depth)


def _plain(name: str, data: object, where: str) -> object:
    # A bool is an int to Python, and none in a file.
    if not isinstance(data, _PLAIN[name]) or (isinstance(data, bool) and name != "bool"):
        raise ValueError(f"{where} is no {name}")
    return data


def _typed(kind: Callable[..., object], data: object, where: str, depth: int) -> object:
    if not (isinstance(kind, type) and issubclass(kind, Enum)):
        return _read(kind, data, where, depth + 1)
    try:
        return kind(data)
    except ValueError as error:
        raise ValueError(f"{where} is {str(data)[:50]!r}, which this version does not know") from error
