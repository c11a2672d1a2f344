"""Rust's source in tokens: as much of its grammar as tells braces and names from texts and comments."""

from __future__ import annotations

import re
from enum import Enum
from typing import Iterator, NamedTuple, Sequence

#: Letters of one line that are looked at.
WIDEST = 1000
_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<comment>//[^\n]*)|(?P<block>/\*)|(?:b|c)?r(?P<hashes>\#{0,20})"|(?P<text>[bc]?"(?:[^"\\]|\\.)*"?)"""
    r"""|(?P<letter>b?'(?:[^'\\\n]|\\[^\n][^'\n]{0,10})')|(?P<life>'\w{1,100})|(?P<name>(?:r\#)?[A-Za-z_]\w*)"""
    r"""|(?P<number>\d\w*)|(?P<sign>=>|::|->|&&|\|\||==|!=|<=|>=|\.\.=?|[-+*/%^&|]=|.)""",
    re.DOTALL,
)
_ENDS = re.compile(r"/\*|\*/")


class Kind(Enum):
    """What a token is; comments are none."""

    NAME = "name"
    SIGN = "sign"
    #: A text, a letter or a number.
    VALUE = "value"
    #: A lifetime, or a loop's label.
    LIFE = "life"


class Token(NamedTuple):
    """One token; `line` counts from that of the first one."""

    kind: Kind
    text: str
    line: int


def tokens(lines: Sequence[str]) -> Iterator[Token]:
    """The tokens of some lines, which begin outside of texts and comments."""
    source = "\n".join(line[:WIDEST] for line in lines)
    at, line = 0, 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            # Any letter is a sign.
            return
        end = _end(source, match)
        kind = _KINDS.get(match.lastgroup or "")
        if kind is not None:
            # A number may be the name of a field.
            yield Token(kind, "" if kind is Kind.VALUE and match.lastgroup != "number" else match[0], line)
        line += source.count("\n", at, end)
        at = end


_KINDS = {
    "name": Kind.NAME,
    "sign": Kind.SIGN,
    "life": Kind.LIFE,
    **dict.fromkeys(("hashes", "text", "letter", "number"), Kind.VALUE),
}


def _end(source: str, match: re.Match[str]) -> int:
    """Where a token ends; a raw text and a comment, which may have others in it, end where they say."""
    if match["hashes"] is not None:
        at = source.find('"' + match["hashes"], match.end())
        return len(source) if at < 0 else at + 1 + len(match["hashes"])
    if match["block"] is None:
        return match.end()
    depth, at = 1, match.end()
    while depth:
        found = _ENDS.search(source, at)
        if found is None:
            return len(source)
        depth += 1 if found[0] == "/*" else -1
        at = found.end()
    return at
