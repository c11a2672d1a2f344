"""What a rule answers: one function a status, so that a rule reads as a sentence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.model import Fix, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyo3ops.core.model import Location
    from pyo3ops.core.pythons import PythonVersion


def setting(summary: str, file: str, key: str, value: str | list[str] | dict[str, str | list[str]]) -> Fix:
    """The fix that sets one key of a TOML file of the project."""
    return Fix(summary, ("pyo3ops", "set", file, key, _toml(value)), safe=True)


def without_classifiers(classifiers: Iterable[str], pythons: Iterable[PythonVersion], summary: str) -> Fix:
    """The fix that takes Pythons out of the classifiers."""
    dropped = {f"Programming Language :: Python :: {version}" for version in pythons}
    kept = [line for line in classifiers if line.strip() not in dropped]
    return setting(summary, "pyproject.toml", "project.classifiers", kept)


def _toml(value: str | list[str] | dict[str, str | list[str]]) -> str:
    # JSON's strings and lists are TOML's as well, tables are not.
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {json.dumps(each)}" for key, each in value.items()) + "}"
    return json.dumps(value)


@dataclass(frozen=True)
class Verdict:
    """The answer of one rule; the engine adds id, title and duration."""

    status: Status
    detail: str
    evidence: tuple[str, ...] = ()
    fix: Fix | None = None
    where: Location | None = None


def ok(detail: str, evidence: Iterable[str] = ()) -> Verdict:
    """As it should be."""
    return Verdict(Status.OK, detail, tuple(evidence))


def skip(reason: str, fix: Fix | None = None) -> Verdict:
    """It can neither pass nor fail here, because of `reason`; a `fix` gets what nothing here asks for."""
    return Verdict(Status.SKIP, reason, fix=fix)


def unknown(reason: str, fix: Fix | None = None) -> Verdict:
    """It could not be determined, because of `reason`."""
    return Verdict(Status.UNKNOWN, reason, fix=fix)


def warn(detail: str, fix: Fix, evidence: Iterable[str] = (), where: Location | None = None) -> Verdict:
    """Something to mend that stops neither building, testing nor shipping this project."""
    return Verdict(Status.WARN, detail, tuple(evidence), fix, where)


def fail(detail: str, fix: Fix, evidence: Iterable[str] = (), where: Location | None = None) -> Verdict:
    """Building, testing or shipping this project stops here."""
    return Verdict(Status.FAIL, detail, tuple(evidence), fix, where)
