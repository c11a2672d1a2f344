"""What somebody may have meant: names and lines near those that were given."""

from __future__ import annotations

import difflib
from typing import Iterable, Sequence

#: Names that are compared, for one comparison takes its time, and names that are told.
COMPARED, TOLD = 20_000, 5


def functions(name: str, paths: Iterable[str]) -> list[str]:
    """The paths of Rust functions that are nearest to a name, best first."""
    own: dict[str, str] = {}
    every = list(dict.fromkeys(paths))
    for path in every:
        own.setdefault(path.rpartition("::")[2], path)
    last = name.rpartition("::")[2]
    by_last = [own[each] for each in difflib.get_close_matches(last, list(own)[:COMPARED], TOLD, 0.6)]
    by_path = difflib.get_close_matches(name, every[:COMPARED], 3, 0.8) if "::" in name else []
    return list(dict.fromkeys([*by_path, *by_last]))[:TOLD]


def lines(line: int, there: Sequence[int]) -> tuple[int, ...]:
    """The last line before and the first one after, of those that have code; `there` is in order."""
    before = [each for each in there if each < line][-1:]
    return (*before, *[each for each in there if each >= line][:1])
