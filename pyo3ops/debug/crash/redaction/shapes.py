"""The rows of shapes.toml, and the parts of a text that they are looked for in: lines with a literal of theirs."""

# ruff: noqa: E501 - a pattern is read in one piece

from __future__ import annotations

import functools
import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, Mapping, NamedTuple, Pattern, Sequence

from pyo3ops.core.toml import load
from pyo3ops.debug.crash.redaction import ends

if TYPE_CHECKING:
    from re import Match

_TABLE = Path(__file__).with_name("shapes.toml")
#: Characters before and behind a literal that are looked at where a line is longer than both.
_BEFORE, _BEHIND = 1_024, 8_192
#: Lines behind one that a shape may go on in.
_WRAPS = 8
#: What stands before a line in logs: a stamp, a container's name, quotes.
FRONT = (
    r"(?:[^\s\"']{0,40}\d\d:\d\d:\d\d[^\s\"']{0,24} (?:stdout |stderr |[FP] ){0,2}|[\w.\-]{1,40} {1,20}\| ?|> ?){0,2}"
)
_NAMED = {
    "FRONT": FRONT,
    "HEADER": r"(?i:\b(?:proxy-)?authorization|\b(?:set-)?cookie|\bx-[a-z\-]{0,20}(?:key|token))",
    # Hosts that everybody knows.
    "PUBLIC": r"(?:docs|www|bugs|peps|doc|static)?\.?(?:python|rust-lang|pyo3|kernel|gnu)\.(?:org|rs)"
    r"|(?:www\.)?github\.com|docs\.rs|pyo3\.rs|readthedocs\.io",
}
#: What a match goes on over where its bound is used up, and its row says nothing of it.
_MORE = {"token": r"[A-Za-z0-9_\-]*", "secret": r"[^\s'\"]*", "login": r"[\w.\-]*", "address": ""}


class Shape(NamedTuple):
    """One row of the table."""

    kind: str
    pattern: Pattern[str]
    near: tuple[str, ...] = ()
    rare: Pattern[str] | None = None
    wraps: bool = False
    start: bool = False
    prefixed: bool = False
    more: Pattern[str] | None = None
    group: str | int = 0

    def found(self, text: str, small: str) -> Iterator[tuple[int, int]]:
        """Begin and end of everything of the shape in a text, in order; `small` is the same text in small letters."""
        end = 0
        for first, last in self._spans(text, small):
            if self.start:
                match = self.pattern.match(text, first, last)
                yield from (self._place(text, match),) if match else ()
                continue
            match = self.pattern.search(text, max(first, end), last)
            while match:
                place = self._place(text, match)
                yield place
                end = max(match.end(), place[1])
                match = self.pattern.search(text, end, last) if end < last else None

    def _place(self, text: str, match: Match[str]) -> tuple[int, int]:
        return match.start(self.group), ends.end(text, match, self.group, self.more)

    def _spans(self, text: str, small: str) -> Sequence[tuple[int, int]]:
        if self.prefixed:
            return _prefixed(text)
        if self.rare is not None:
            places = (match.start() for match in self.rare.finditer(text))
            return merged([around(text, at, wraps=self.wraps) for at in places])
        return spans(small, self.near, wraps=self.wraps)


@functools.lru_cache(maxsize=None)
def shapes(table: str) -> tuple[Shape, ...]:
    """The rows of one table: token, secret, login, address."""
    return tuple(_shape(row, table) for row in load(_TABLE)[table])


@functools.lru_cache(maxsize=None)
def words(name: str) -> frozenset[str]:
    """One of the lists of words, in small letters."""
    return frozenset(load(_TABLE)["words"][name])


def _shape(row: Mapping[str, Any], table: str) -> Shape:
    pattern = row["pattern"]
    for name, meaning in _NAMED.items():
        pattern = pattern.replace(name, meaning)
    rare = re.compile(row["rare"]) if "rare" in row else None
    more = row.get("more", _MORE[table]).replace("FRONT", FRONT)
    compiled = re.compile(pattern)
    return Shape(
        row.get("kind", table),
        compiled,
        tuple(row.get("near", ())),
        rare,
        row.get("wraps", False),
        row.get("start", False),
        "prefix" in row,
        re.compile(more) if more else None,
        next((name for name in ("it", "name") if name in compiled.groupindex), 0),
    )


@functools.lru_cache(maxsize=1)
def _prefix() -> Pattern[str]:
    """What stands behind any prefix: a lookbehind has one width, so that there is one for each."""
    prefixes = sorted({prefix for row in load(_TABLE)["token"] for prefix in row.get("prefix", ())}, key=len)
    behind = (
        rf"(?<=(?:{'|'.join(same)})[-_.])(?<![A-Za-z0-9].{{{width + 1}}})"
        for width, same in itertools.groupby(prefixes, key=len)
    )
    return re.compile(rf"[-_.](?=[A-Za-z0-9])(?:{'|'.join(behind)})")


@functools.lru_cache(maxsize=1)
def _prefixed(text: str) -> Sequence[tuple[int, int]]:
    """The lines that have a prefix; the same for all rows that ask for it."""
    return merged([around(text, match.start()) for match in _prefix().finditer(text)])


def in_small(text: str) -> str:
    """The text in small letters, character by character: places stay the same."""
    small = text.lower()
    # One letter becomes two.
    return small if len(small) == len(text) else text.replace("\u0130", "i").lower()


def spans(small: str, near: Sequence[str], *, wraps: bool = False) -> list[tuple[int, int]]:
    """Begin and end of the lines that have one of the literals, in order."""
    found = []
    for literal in near:
        at = small.find(literal)
        while at >= 0:
            span = around(small, at, wraps=wraps)
            found.append(span)
            # A part of a line may end in the midst of what is looked for.
            cut = span[1] == at + _BEHIND
            at = small.find(literal, max(span[1] - _BEFORE if cut else span[1], at + 1))
    return merged(found)


def around(text: str, at: int, *, wraps: bool = False) -> tuple[int, int]:
    """Begin and end of the line that a place is in, and with `wraps` of those after it; of a long one the part around."""
    low, high = max(0, at - _BEFORE), min(len(text), at + _BEHIND)
    first, last = text.rfind("\n", low, at) + 1 or low, text.find("\n", at, high)
    for _ in range(_WRAPS if wraps else 0):
        last = text.find("\n", last + 1, high) if last >= 0 else last
    return first, last if last >= 0 else high


def merged(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, of those that overlap one."""
    whole: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if whole and first < whole[-1][1]:
            whole[-1] = (whole[-1][0], max(last, whole[-1][1]))
        else:
            whole.append((first, last))
    return whole
