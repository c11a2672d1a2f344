"""Words that no person and no compiler wrote: keys without a name."""

# ruff: noqa: E501 - a pattern is read in one piece

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Iterator, Pattern, Sequence

from pyo3ops.debug.crash.redaction import ends

if TYPE_CHECKING:
    from re import Match

#: Bytes of such words are x, all others a space.
_MASK = bytes(ord("x") if (chr(byte).isalnum() and byte < 128) or chr(byte) in "+/=_-" else 32 for byte in range(256))  # noqa: PLR2004
_LONG = b"x" * 28
#: Long numbers in hexadecimal that are not a compiler's, a build's or an address.
_HEX = re.compile(
    r"(?<![\w/:\-\[])(?<!rustc/)(?<!h)(?<!0x)(?<!BuildID\[sha1\]=)(?=[0-9a-fA-F]{0,63}\d)(?=[0-9a-fA-F]{0,63}[a-fA-F])"
    r"(?:[0-9a-fA-F]{129}|[0-9a-fA-F]{32,128}(?![\w/\-\]]))"
)
#: What such a number is called where it is nobody's.
_OF_A_BUILD = re.compile(
    r"(?i:\b(?:commit|revision|rev|head|merge|tree|parent|checkout|ref|sha-?\d{0,3}|digest|checksum|hash|md5|build[ \-]?id|rustc \S{1,40}|index|blob))"
    r"[:=]{0,2} {0,2}[(\"'`]?\Z"
)
#: Letters of both cases and digits without a word in them; no mangled name.
_MIXED = re.compile(
    r"(?<![\w/.:\-$])(?!_R|_ZN|__R|h[0-9a-f]{16})(?=[\w+\-]{0,200}[a-z])(?=[\w+\-]{0,200}[A-Z])(?=(?:[A-Za-z_+\-]{0,60}\d){3})"
    r"(?:[A-Za-z0-9+\-_]{303}|[A-Za-z0-9+\-_]{28,300}={0,2}(?![\w/.:(<\-]))"
)
#: As many characters as Amazon's secrets have.
_FORTY = re.compile(r"(?<![\w/+=.:\-])[A-Za-z0-9/+]{40}(?![\w/+=.:\-])")
#: What longer ones go on over.
_MORE = re.compile(r"[A-Za-z0-9+/=_\-]*")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{32}")
_CLASS = re.compile(r"[a-z]{1,400}|[A-Z]{1,400}|\d{1,400}|[^A-Za-z0-9]{1,400}")
#: Characters that a pattern tells the end of.
_BOUNDS = {_HEX: 128, _MIXED: 302, _FORTY: 40}
#: Changes from one class of characters to another, for each hundred characters: words and names have fewer.
_CHANGES = 25
_SHORTEST = 12
#: Characters of one that are looked at.
_LONGEST = 4_000
#: Characters in front of a number that say what it is.
_BEFORE = 40


def is_random(word: str) -> bool:
    """True where small letters, capitals and digits alternate as they do in no word."""
    if len(word) < _SHORTEST or word.isalpha() or word.islower() or word.isupper() or not any(map(str.isdigit, word)):
        return False
    return len(_CLASS.findall(word)) * 100 >= _CHANGES * len(word)


def found(text: str) -> Iterator[tuple[int, int]]:
    """Begin and end of each such word in a text, in order."""
    # Character by character, so that places are the same.
    mask = text.encode("latin-1", "replace").translate(_MASK)
    first = mask.find(_LONG)
    while first >= 0:
        last = mask.find(b" ", first, first + _LONGEST)
        last = last if last >= 0 else min(len(text), first + _LONGEST)
        # Most long words are paths in small letters.
        patterns = (_HEX,) if text[first:last].islower() else (_HEX, _MIXED, _FORTY)
        if patterns[1:] or _HEXADECIMAL.search(text, first, last):
            for place in _in(text, first, last, patterns):
                yield place
                last = max(last, place[1])
        first = mask.find(_LONG, last)


def _in(text: str, first: int, last: int, patterns: Sequence[Pattern[str]]) -> Iterator[tuple[int, int]]:
    """The words of a part of a text."""
    matches = [match for pattern in patterns for match in pattern.finditer(text, first, last)]
    end = first
    for match in sorted(matches, key=lambda each: each.start()):
        if match.start() >= end and _is_secret(text, match):
            end = ends.end(text, match, 0, _MORE if len(match[0]) > _BOUNDS[match.re] else None)
            yield match.start(), end


def _is_secret(text: str, match: Match[str]) -> bool:
    if match.re is _FORTY:
        return is_random(match[0])
    if match.re is _HEX:
        return _OF_A_BUILD.search(text, max(0, match.start() - _BEFORE), match.start()) is None
    return True
