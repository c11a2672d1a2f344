"""The rows of rows.toml: a Rust type each, and what is expected of it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyo3ops.core import toml
from pyo3ops.core.pythons import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Categories that are shown where nothing is chosen.
EVERYDAY = ("primitives", "text", "bytes", "collections", "option", "result")
#: What an import takes away; `time` is a crate as well.
_IMPORTED = re.compile(
    r"\bpyo3::(?:types::|pybacked::|buffer::)?|\bstd::(?:io::)?(?:(?:collections|borrow|ffi|path|num|net|string)::|(?=Result))"
)
FILE = Path(__file__).parent / "rows.toml"


@dataclass(frozen=True)
class Case:
    """One argument and what becomes of it: exactly one of `gives`, `raises` and `dies` is set."""

    argument: str
    gives: str | None = None
    raises: str | None = None
    dies: str | None = None
    since: PythonVersion | None = None
    until: PythonVersion | None = None
    why: str = ""

    def holds_on(self, python: PythonVersion) -> bool:
        """True where this is what the case expects of that Python."""
        return (self.since is None or self.since.minor <= python.minor) and (
            self.until is None or python.minor <= self.until.minor
        )


@dataclass(frozen=True)
class Row:
    """One conversion; rows.toml says what each field is."""

    name: str
    category: str
    python: str
    rust: str
    #: As the signature has it, where that needs the lifetime of the interpreter.
    argument: str
    returns: str
    body: str
    value: str
    many: str = ""
    elements: int = 0
    address: str = ""
    items: str = ""
    features: tuple[str, ...] = ()
    crates: tuple[str, ...] = ()
    py: bool = False
    given: bool = False
    since: PythonVersion | None = None
    cheaper: str = ""
    instead: str = ""
    cases: tuple[Case, ...] = ()

    @property
    def label(self) -> str:
        """The type as it is written where PyO3 and the standard library were imported."""
        return _IMPORTED.sub("", self.name)

    @property
    def slug(self) -> str:
        """What its functions are called by."""
        name = re.sub(r"\b(?:pyo3|std|types|collections)::", "", self.name)
        for sign, word in (("&", "ref "), ("(", "tuple "), ("[", "array ")):
            name = name.replace(sign, word)
        return re.sub(r"[\W_]+", "_", name).strip("_").lower()


@dataclass(frozen=True)
class Rows:
    """All that is asked: the rows, the arguments that every row is handed, and the Python they are written in."""

    rows: tuple[Row, ...]
    panel: tuple[str, ...]
    names: str

    def on(self, python: PythonVersion) -> Rows:
        """The rows that PyO3 has for that Python."""
        return replace(
            self, rows=tuple(row for row in self.rows if row.since is None or row.since.minor <= python.minor)
        )

    def named(self, name: str) -> tuple[Row, ...]:
        """The row of that name or label, or else all that have it as a part of theirs."""
        exactly = tuple(row for row in self.rows if name in (row.name, row.label))
        return exactly or tuple(row for row in self.rows if name.lower() in row.name.lower())

    def chosen(self, categories: tuple[str, ...]) -> tuple[Row, ...]:
        """The rows of these categories, all without any."""
        return tuple(row for row in self.rows if not categories or row.category in categories)

    @property
    def everyday(self) -> tuple[Row, ...]:
        """What most projects use: PyO3 and the standard library, no class, no Python type of its own."""
        return tuple(row for row in self.rows if row.category in EVERYDAY and not row.crates)

    @property
    def categories(self) -> tuple[str, ...]:
        """Every category, in the order of the rows."""
        return tuple(dict.fromkeys(row.category for row in self.rows))


@functools.lru_cache(maxsize=1)
def load() -> Rows:
    """Read rows.toml, once."""
    data = toml.load(FILE)
    rows = tuple(_row(each) for each in data["row"])
    return Rows(rows, tuple(data["panel"]["arguments"]), data["names"]["code"])


def _row(table: Mapping[str, Any]) -> Row:
    rust = table.get("rust", table["name"])
    of_itself = {"rust": rust, "argument": rust, "returns": rust, "body": "x"}
    many = {name: tuple(table.get(name, ())) for name in ("features", "crates")}
    since = {"since": PythonVersion.parse(table["since"])} if "since" in table else {}
    cases = tuple(_case(case) for case in table.get("cases", ()))
    return Row(**{**of_itself, **table, **many, **since, "cases": cases})


def _case(table: Mapping[str, Any]) -> Case:
    versions = {name: PythonVersion.parse(table[name]) for name in ("since", "until") if name in table}
    return Case(**{**table, **versions})
