"""What each release line of PyO3 accepts; the rows stand in data/pyo3.toml."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from pyo3ops.core.pythons import PythonVersion
from pyo3ops.core.toml import load

_TABLE = Path(__file__).parent / "data" / "pyo3.toml"


@dataclass(frozen=True)
class Pyo3Release:
    """One minor line of PyO3 with its limits; `source` names the files they were read from."""

    release: str
    rust_version: str
    python_min: PythonVersion
    python_max: PythonVersion
    source: str
    #: One minor release above `python_max` is built with a warning, not refused.
    experimental_next: bool = False
    free_threaded_min: PythonVersion | None = None
    abi3_min: PythonVersion | None = None
    abi3t_min: PythonVersion | None = None


@functools.lru_cache(maxsize=None)
def releases() -> tuple[Pyo3Release, ...]:
    """Every known line, oldest first."""
    return tuple(_row(row) for row in load(_TABLE)["pyo3"])


def release_of(version: str) -> Pyo3Release | None:
    """The line that a version ("0.29.3") or a requirement in Cargo's spelling ("^0.29", "~0.29.1") belongs to."""
    line = release_line(version)
    return next((row for row in releases() if row.release == line), None)


def release_line(version: str) -> str | None:
    """The minor line of a version or of a requirement's lowest version; None where it names no minor release."""
    match = re.match(r"[\s^~=v>]*(\d+)\.(\d+)", version)
    return f"{match[1]}.{match[2]}" if match else None


def _row(row: dict[str, object]) -> Pyo3Release:
    fields = {key.replace("-", "_"): value for key, value in row.items()}
    for name in ("python_min", "python_max", "free_threaded_min", "abi3_min", "abi3t_min"):
        if name in fields:
            fields[name] = PythonVersion.parse(str(fields[name]))
    return Pyo3Release(**fields)  # type: ignore[arg-type] # a wrong row fails the test that reads them all


@dataclass(frozen=True)
class Deprecation:
    """A name of PyO3 that is on its way out; lines are minor ones, such as "0.26"."""

    name: str
    #: The first line that has it deprecated, and the last one that has it at all.
    first: str
    instead: str
    #: As PyO3's own attribute says.
    since: str
    last: str | None = None


def deprecations(line: str) -> tuple[Deprecation, ...]:
    """What a minor line of PyO3 deprecates."""
    order = [row.release for row in releases()]
    if line not in order:
        return ()
    place = order.index(line)
    return tuple(
        row for row in _deprecations() if order.index(row.first) <= place <= order.index(row.last or order[-1])
    )


@functools.lru_cache(maxsize=None)
def _deprecations() -> tuple[Deprecation, ...]:
    return tuple(Deprecation(**row) for row in load(_TABLE.with_name("deprecated.toml"))["deprecated"])
