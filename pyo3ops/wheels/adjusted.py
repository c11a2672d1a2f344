"""What `[tool.pyo3ops.wheels]` changes of a derived set: wheels beside it, other floors, wheels that are left out.

Patterns are those of fnmatch, held against the names that `wheels plan` shows.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Iterable, Iterator

from pyo3ops.core.errors import ConfigError
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.wheels.plan import Interpreters, PlannedWheel
from pyo3ops.wheels.platforms import System, floor_of, platform_of, version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Reasons = Iterable["tuple[str, str]"]
_TABLE = "tool.pyo3ops.wheels"
_COMMAND = "pyo3ops wheels plan"


def also(wheels: Sequence[PlannedWheel], targets: Sequence[str], rows: Reasons) -> Iterator[PlannedWheel]:
    """The wheels, and those that `also` adds: "pp311-pypy311_pp73 *-gnu" is one for each such target.

    A target that is no pattern need not be among `targets`. Raises `ConfigError` for a row that adds nothing.
    """
    yield from wheels
    known = {(each.tag, each.target) for each in wheels}
    for row, reason in rows:
        tag, _, pattern = row.partition(" ")
        chosen = fnmatch.filter(targets, pattern) or [pattern] * (not re.search(r"[*?\[]|^$", pattern))
        added = [target for target in chosen if (tag, target) not in known]
        if not re.fullmatch(r"\w+-\w+", tag) or not added:
            raise ConfigError(
                f"{_TABLE}.also has {row!r}, which adds no wheel",
                cause="a row is the tags of a wheel and its target: 'pp311-pypy311_pp73 *-linux-gnu'",
                command=_COMMAND,
            )
        known.update((tag, target) for target in added)
        for target in added:
            platform_of(target)
            yield PlannedWheel(_interpreters(tag, reason), target)


def with_floors(
    wheels: Iterable[PlannedWheel], rows: Sequence[tuple[str, tuple[str, ...]]], usual: Mapping[System, tuple[int, ...]]
) -> Iterator[PlannedWheel]:
    """The wheels with the floors of the first row whose pattern they have: one wheel for each of several.

    A pattern without a space is of targets. Raises `ConfigError` for a row that no wheel comes to.
    """
    idle = [pattern for pattern, _ in rows]
    for wheel in wheels:
        platform = platform_of(wheel.target)
        promised = usual.get(platform.system)
        if promised is None:
            yield wheel
            continue
        pattern, floors = next((row for row in rows if _fits(wheel, row[0])), ("", ()))
        idle = [each for each in idle if each != pattern]
        for floor in sorted({version(text) for text in floors}) or [floor_of(platform, promised)]:
            yield replace(wheel, floor=() if floor == promised else floor)
    if idle:
        raise ConfigError(
            f"{_TABLE}.floors has the pattern {idle[0]!r}, and no planned target for Linux comes to it",
            cause="the first pattern that a wheel fits counts, and targets are those of Rust",
            command=_COMMAND,
        )


def _fits(wheel: PlannedWheel, pattern: str) -> bool:
    return fnmatch.fnmatchcase(f"{wheel.tag} {wheel.target}" if " " in pattern else wheel.target, pattern)


def left_out(
    wheels: Sequence[PlannedWheel], rows: Reasons, usual: Mapping[System, tuple[int, ...]]
) -> dict[PlannedWheel, str]:
    """The wheels that `without` leaves out, with the reason; raises `ConfigError` for a pattern that fits none."""
    left: dict[PlannedWheel, str] = {}
    for pattern, reason in rows:
        fitting = [each for each in wheels if fnmatch.filter(_names(each, usual), pattern)]
        if not fitting:
            known = str(wheels[0]) if wheels else "none"
            raise ConfigError(
                f"{_TABLE}.without has the pattern {pattern!r}, and no wheel is called like that",
                cause=f"patterns are held against names such as {known!r}",
                command=_COMMAND,
            )
        for each in fitting:
            left.setdefault(each, reason)
    return left


def _names(wheel: PlannedWheel, usual: Mapping[System, tuple[int, ...]]) -> tuple[str, str]:
    """Without its floor and with it, also where that is the usual one."""
    floor = wheel.floor or usual.get(platform_of(wheel.target).system, ())
    name = f"{wheel.tag} {wheel.target}"
    return name, " ".join(filter(None, (name, "_".join(map(str, floor)))))


def _interpreters(tag: str, reason: str) -> Interpreters:
    python, _, abi = tag.partition("-")
    own = re.fullmatch(r"cp3\d+", python) and re.fullmatch(r"cp3\d+t?", abi)
    return Interpreters(python, abi, (PythonVersion.parse(abi),) if own else (), reason)


_IMPLEMENTATIONS = {"cp": "", "pp": "PyPy ", "graalpy": "GraalPy "}


def pythons_of(interpreters: Interpreters) -> str:
    """The Pythons that a wheel is for, in words: "3.8, 3.9", "PyPy 3.11"."""
    if interpreters.covers:
        return ", ".join(map(str, interpreters.covers))
    match = re.fullmatch(r"([a-z]+)(\d)(\d+)", interpreters.python)
    known = _IMPLEMENTATIONS.get(match[1]) if match else None
    return f"{known}{match[2]}.{match[3]}" if match and known is not None else interpreters.python
