"""Cargo's version requirements, as far as comparing a lock file with a manifest needs them.

Rules: the Cargo Book, "Specifying Dependencies". Pre-releases compare by their numbers alone.
"""

from __future__ import annotations

import re

_COMPARATOR = re.compile(r"\s*(\^|~|=|>=|<=|>|<|)\s*(\d+|\*)(?:\.(\d+|\*|x))?(?:\.(\d+|\*|x))?(?:[-+][\w.+-]*)?\s*")


def admits(requirement: str, version: str) -> bool | None:
    """True where a version satisfies a requirement such as "0.29" or "~1.2, <1.2.9"; None where either is garbled."""
    numbers = _numbers(version)
    if numbers is None:
        return None
    verdicts = [_holds(comparator, numbers) for comparator in requirement.split(",")]
    return None if None in verdicts else all(verdicts)


def _numbers(version: str) -> tuple[int, int, int] | None:
    match = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def _holds(comparator: str, version: tuple[int, int, int]) -> bool | None:
    match = _COMPARATOR.fullmatch(comparator)
    if match is None:
        return None
    given = [int(part) for part in match.groups()[1:] if part and part.isdigit()]
    if not given:
        return True
    low = (*given, *[0] * (3 - len(given)))
    operator = match[1] or ("=" if "*" in comparator or "x" in comparator else "^")
    if operator in (">", "<"):
        # ">1.2" excludes all of 1.2, "<1.2" all of it as well.
        return version >= _above(given, len(given) - 1) if operator == ">" else version < low
    if operator == ">=":
        return version >= low
    upper = {"^": _caret(given), "~": min(1, len(given) - 1), "=": len(given) - 1, "<=": len(given) - 1}[operator]
    return (operator == "<=" or version >= low) and version < _above(given, upper)


def _caret(given: list[int]) -> int:
    """The part that may not change: the leftmost one that is not zero, or else the last one given."""
    return next((place for place, number in enumerate(given) if number), len(given) - 1)


def _above(given: list[int], place: int) -> tuple[int, ...]:
    """The lowest version in which the part at `place` is raised by one."""
    return (*given[:place], given[place] + 1, *[0] * (2 - place))
