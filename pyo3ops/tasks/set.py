"""Set one key of a TOML file, and leave everything else in it as it stands: what many a fix of validate comes to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyo3ops.core import toml
from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.core.files import write_whole
from pyo3ops.core.model import Column, Report, Table

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Request:
    """`file` is relative to the project; `key` is dotted; `value` is TOML, or else taken for a string."""

    file: str
    key: str
    value: str


def run(root: Path, request: Request) -> Report:
    """Set the key, with every comment and blank line kept, and write the file whole.

    Raises `ConfigError` where the file cannot be read or written, `UsageError` where it lies outside the project, or
    the key leads through something that is no table.
    """
    path = root / request.file
    if root.resolve() not in path.resolve().parents:
        raise UsageError(f"{request.file} lies outside {root}", command="pyo3ops set --help")
    toml.load(path)
    before = path.read_bytes()
    document = _parsed(before)
    table, name = _reached(document, request)
    value = _value(request.value)
    old = table.get(name)
    shown = None if old is None else str(old)
    if old != value:
        _put(table, name, value)
        _write(path, document, before)
    columns = (Column("file"), Column("key"), Column("before"), Column("now"))
    row = (request.file, request.key, shown, str(value))
    return Report(task="set", project=root.name, tables=(Table("Set", columns, (row,)),))


def _parsed(data: bytes) -> Any:  # noqa: ANN401 - tomlkit's documents are of many types
    import tomlkit  # noqa: PLC0415 - only this verb writes TOML

    return tomlkit.parse(data.decode("utf-8-sig"))


def _reached(document: Any, request: Request) -> tuple[Any, str]:  # noqa: ANN401 - see _parsed
    """The table that the key belongs to, made where it is missing, and the key's last part."""
    import tomlkit  # noqa: PLC0415

    *parents, last = [part.strip('"') for part in re.findall(r'"[^"]*"|[^."]+', request.key)] or [""]
    if not last:
        raise UsageError(
            f"{request.key!r} is no key", command="pyo3ops set pyproject.toml project.requires-python '>=3.9'"
        )
    table = document
    for part in parents:
        if part not in table:
            table[part] = tomlkit.table()
        table = table[part]
        if not isinstance(table, dict):
            raise UsageError(f"{request.key}: {part} is no table in {request.file}")
    return table, last


def _value(text: str) -> Any:  # noqa: ANN401 - TOML holds anything
    import tomlkit  # noqa: PLC0415
    from tomlkit.exceptions import ParseError  # noqa: PLC0415

    try:
        value = tomlkit.value(text)
    except (ParseError, ValueError, IndexError):
        return text
    if not isinstance(value, dict):
        return value
    table = tomlkit.table()
    table.update(value)
    return table


def _put(table: Any, name: str, value: Any) -> None:  # noqa: ANN401 - see _parsed
    """Set the key; a list of which items are taken away keeps its lines and comments."""
    old = table.get(name)
    if isinstance(old, list) and isinstance(value, list) and [item for item in old if item in value] == value:
        for item in [item for item in old if item not in value]:
            old.remove(item)
    else:
        table[name] = value


def _write(path: Path, document: Any, before: bytes) -> None:  # noqa: ANN401 - see _parsed
    mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
    text = document.as_string()
    toml.loads(text.encode(), path.name)
    try:
        write_whole(path, mark + text.encode("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}", cause="it is not yours to write") from None
