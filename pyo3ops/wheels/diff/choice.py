"""Which pairs of published files are worth fetching: one for each system tells nearly all that is in the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from pyo3ops.wheels.diff import coverage

if TYPE_CHECKING:
    from pyo3ops.wheels.diff.coverage import Offered


def chosen(pairs: Sequence[tuple[Offered, Offered]]) -> tuple[tuple[Offered, Offered], ...]:
    """One pair a system: of this machine where there is one, else of the same tag, for the newest CPython."""
    from packaging.tags import sys_tags  # noqa: PLC0415 - asks the system

    here = frozenset(sys_tags())
    best: dict[str, tuple[tuple[bool, bool, bool, int], tuple[Offered, Offered]]] = {}
    for old, new in pairs:
        cpython = any(tag.interpreter.startswith("cp") for tag in new.tags)
        rank = (bool(here & set(new.tags)), cpython, old.tag == new.tag, coverage.newest_minor([new]))
        for system in _systems(new):
            if system not in best or rank > best[system][0]:
                best[system] = (rank, (old, new))
    return tuple(dict.fromkeys(pair for _, pair in best.values()))


def _systems(file: Offered) -> set[str]:
    return {platform.partition(",")[0] for tag in file.tags for platform, _ in coverage.platforms(tag.platform)}
