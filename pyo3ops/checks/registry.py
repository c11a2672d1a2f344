"""The validator's rules as a table: `@check` in a family's file adds a row.

A rule is a function whose parameters name the facts it judges (see facts.py). It starts no program, reads no file
and no environment, so that a test calls it with literals.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, TypeVar

from pyo3ops.checks.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The families in the order in which they are listed, and the files that their checks stand in.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "rust": ("rust", "toolchain"),
    "python": ("python", "variables"),
    "pyo3": ("pyo3",),
    "build": ("build", "linking", "trial"),
    "project": ("project", "shipping", "releasing"),
    "debug": ("debug", "crashes"),
    "profile": ("profile",),
    "editor": ("editor",),
    "online": ("online",),
}

Rule = Callable[..., Verdict]
_R = TypeVar("_R", bound=Rule)


@dataclass(frozen=True)
class Check:
    """One rule: `needs` are the ids of checks that must not have failed, `why` is what a user learns of it."""

    id: str
    title: str
    why: str
    rule: Rule
    facts: tuple[str, ...]
    needs: tuple[str, ...] = ()
    link: str | None = None
    #: The option without which this check is left out: "deep" compiles, "online" asks the network.
    mode: str | None = None

    @property
    def family(self) -> str:
        """The first part of the id."""
        return self.id.split(".")[0]


_checks: dict[str, Check] = {}


def check(
    id: str,  # noqa: A002 - the word for it
    title: str,
    *,
    needs: tuple[str, ...] = (),
    link: str | None = None,
    mode: str | None = None,
) -> Callable[[_R], _R]:
    """Register a rule; its docstring is what `--list-checks` and the reference say of it."""

    def register(rule: _R) -> _R:
        why = " ".join((inspect.getdoc(rule) or "").split())
        if not why or id in _checks:
            raise ValueError(f"check {id!r} has no docstring, or stands in the table already")
        _checks[id] = Check(id, title, why, rule, tuple(inspect.signature(rule).parameters), needs, link, mode)
        return rule

    return register


def all_checks() -> tuple[Check, ...]:
    """Every check of every family, in the order of the files."""
    for file in (file for files in FAMILIES.values() for file in files):
        importlib.import_module(f"pyo3ops.checks.{file}")
    order = list(FAMILIES)
    return tuple(sorted(_checks.values(), key=lambda row: order.index(row.family)))
