"""Guards that a statement has for itself: `cache.lock().insert(key, value);` keeps its one up to the semicolon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from pyo3ops.stacks.verdicts.rust_takes import closing, take_at
from pyo3ops.stacks.verdicts.waiting import last

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.rust_functions import Function
    from pyo3ops.stacks.verdicts.rust_tokens import Token

_ENDS = frozenset({";", "{", "}"})
#: Tokens of a lock's path that are looked at.
_PATH = 20
#: What runs where a value ends.
_DROPS = "drop_in_place"


def is_held(function: Function, place: int, called: str) -> bool:
    """True where a line is one statement, and is in a call for which it must have taken its lock already.

    That is the method that is called on the guard; or the end of what this gave, or of what was there before: the guard
    is dropped after it. What finds the lock makes no call, and nothing else is made before the guard.
    """
    every = function.every
    if not 0 < place < len(every) or every[place].line != function.line or every[place - 1].text not in _ENDS:
        return False
    first = _value(every, place)
    behind = _behind_take(every, first)
    drops = last(called) == _DROPS and "Guard" not in called
    if behind is None:
        return False
    if every[place].text == "*":
        return drops and _text(every, behind) == "=" and _ends_line(every, _behind_path(every, behind + 1))
    if _text(every, behind) != "." or _text(every, behind + 2) != "(":
        return False
    method = _text(every, behind + 1)
    known = last(called) == method or (drops and first == place)
    return known and _ends_line(every, closing(every, behind + 2) + 1)


def _value(every: Sequence[Token], place: int) -> int:
    """Where the expression begins: behind `*`, or behind `let name =`."""
    if every[place].text == "*":
        return place + 1
    at = place + 2 + (_text(every, place + 1) == "mut")
    return at + 1 if every[place].text == "let" and _text(every, at) == "=" else place


def _behind_take(every: Sequence[Token], first: int) -> int | None:
    """Behind an expression that takes a lock for certain, and finds it without a call."""
    for at in range(first, min(first + _PATH, len(every))):
        if every[at].text == "(":
            return None
        take = take_at(every, at, {})
        if take is not None:
            return take.end if take.first == first and take.certain and take.waits else None
    return None


def _behind_path(every: Sequence[Token], at: int) -> int:
    """Behind a variable, a field or a value: nothing of it lives longer than the assignment."""
    while _text(every, at).isidentifier() or _text(every, at) in {".", "::"}:
        at += 1
    return at


def _ends_line(every: Sequence[Token], at: int) -> bool:
    """True where a statement ends there, and its line with it."""
    return _text(every, at) == ";" and (at + 1 >= len(every) or every[at + 1].line > every[at].line)


def _text(every: Sequence[Token], at: int) -> str:
    return every[at].text if 0 <= at < len(every) else ""
