"""Names that were learnt, wherever they stand as words: any number of them in one pass over the text."""

from __future__ import annotations

import re
from typing import Collection, Iterator, Mapping

#: Names that are faster looked for one by one.
_FEW = 50
#: Where a name may begin: a word, or a character that is in none.
_BEGIN = re.compile(r"[a-z0-9]+|[^a-z0-9\s/:\\]")


def found(small: str, names: Collection[str]) -> Iterator[tuple[int, int]]:
    """Begin and end of each name in a text in small letters, in order; of those that overlap the first and longest."""
    last = 0
    for first, end in sorted(_one_by_one(small, names)) if len(names) <= _FEW else _at_once(small, names):
        if first >= last:
            yield first, -end
            last = -end


def _one_by_one(small: str, names: Collection[str]) -> Iterator[tuple[int, int]]:
    """Begin and end, negative, so that the longest is the first."""
    for name in names:
        at = small.find(name)
        while at >= 0:
            end = at + len(name)
            if _is_whole(small, at, end):
                yield at, -end
            at = small.find(name, end)


def _at_once(small: str, names: Collection[str]) -> Iterator[tuple[int, int]]:
    """The same, with as many looks at a place as there are lengths of names that begin with its word."""
    lengths = _lengths(names)
    for match in _BEGIN.finditer(small):
        for length in lengths.get(match[0], ()):
            at = match.start()
            if small[at : at + length] in names and _is_whole(small, at, at + length):
                yield at, -at - length
                break


def _lengths(names: Collection[str]) -> Mapping[str, list[int]]:
    """How long the names are that begin with a word, longest first."""
    lengths: dict[str, set[int]] = {}
    for name in names:
        begin = _BEGIN.match(name)
        if begin:
            lengths.setdefault(begin[0], set()).add(len(name))
    return {begin: sorted(every, reverse=True) for begin, every in lengths.items()}


def _is_whole(small: str, first: int, last: int) -> bool:
    return not (_in_word(small[first - 1 : first]) or _in_word(small[last : last + 1]))


def _in_word(character: str) -> bool:
    return character.isascii() and character.isalnum()
