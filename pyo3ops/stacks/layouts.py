"""Rows of layouts.toml: where the fields of CPython's structures are, for each minor version."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Mapping

from pyo3ops.core import toml

TABLE = Path(__file__).with_name("layouts.toml")


@dataclass(frozen=True)
class Row:
    """The layout of one minor version, by the structure and the field; offsets in bytes."""

    #: "3.12"; "3.13t" of builds without the lock
    python: str
    #: The release whose debug information was read.
    recorded: str
    structs: Mapping[str, Mapping[str, int]]


@lru_cache(maxsize=None)
def rows() -> tuple[Row, ...]:
    """Every row, oldest version first."""
    return tuple(Row(each["python"], each["recorded"], each["structs"]) for each in toml.load(TABLE)["layout"])


def as_request() -> dict[str, Any]:
    """The rows as the scripts inside a debugger take them."""
    return {row.python: {"recorded": row.recorded, "structs": row.structs} for row in rows()}
