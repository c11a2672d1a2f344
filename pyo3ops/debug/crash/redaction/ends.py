"""Where a secret ends that is longer than its pattern looks: at its delimiter, however far that is.

Patterns have bounds, so that no text makes them hang. What they leave of a secret would be told, so that its end is
looked for once more, in one go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Iterator, Pattern

if TYPE_CHECKING:
    from re import Match

#: A list goes on up to its bracket, but over those in quotes.
_LISTED = re.compile(r"(?:[^\n\])}\"']|\"(?:[^\"\\\n]|\\[^\n])*\"|'(?:[^'\\\n]|\\[^\n])*')*")
#: What may stand in front of a password in an address, and up to where an address goes.
_USER = re.compile(r"[^\s/:@'\"<>]*")
_ADDRESS = re.compile(r"[^\s'\"<>]*")
#: Characters of a name without a password that is taken for a token.
_TOKEN = 8


def end(text: str, match: Match[str], group: str | int, more: Pattern[str] | None) -> int:
    """The end of a match's group: its delimiter's begin, where the match went up to the group's end and no further.

    The delimiter is the match's own quote, or what `more` does not go over.
    """
    last = match.end(group)
    if last != match.end():
        return last
    quote = match["q"] if "q" in match.re.groupindex else None
    if quote:
        return in_line(text, last, quote)
    return _end(text, last, more) if more else last


def in_line(text: str, last: int, delimiter: str) -> int:
    """The place of the next delimiter, or of the line's end."""
    if text.startswith((delimiter, "\n"), last):
        return last
    line = text.find("\n", last)
    line = line if line >= 0 else len(text)
    at = text.find(delimiter, last, line)
    return at if at >= 0 else line


def of_lines(text: str, last: int, quote: str) -> int:
    """The place of the next quote, which may be lines away; where there is none any more, of a blank line."""
    if text.startswith(quote, last):
        return last
    at = text.find(quote, last)
    at = at if at >= 0 else text.find("\n\n", last)
    return at if at >= 0 else len(text)


def escaped(text: str, last: int, quote: str) -> int:
    """The place of the next quote with as many backslashes, or of the line's end."""
    if text.startswith((quote, "\n"), last):
        return last
    line = in_line(text, last, "\n")
    at = text.find(quote, last, line)
    while at > 0 and text[at - 1] == "\\":
        at = text.find(quote, at + 1, line)
    return at if at >= 0 else line


def listed(text: str, first: int, last: int) -> int:
    """The end of a list of at least so many characters; one whose last quote is cut off has its line."""
    end = _end(text, first, _LISTED)
    return in_line(text, last, "\n") if end < last or text.startswith(("'", '"'), end) else end


def passwords(text: str) -> Iterator[tuple[int, int]]:
    """Begin and end of who somebody is in an address, `://user:password@`: up to the last `@` of it."""
    done = 0
    at = text.find("://")
    while at >= 0:
        first = at + 3
        user = _end(text, first, _USER)
        last = user
        if first < done:
            pass  # there is no `@` behind it, or it is a part of what was found
        elif text.startswith(":", user):
            done = _end(text, user, _ADDRESS)
            last = _at_sign(text, user + 2, done)
            if last >= 0:
                yield first, last
        elif text.startswith("@", user) and user - first >= _TOKEN:
            yield first, user
        at = text.find("://", max(first, last))


def _at_sign(text: str, first: int, last: int) -> int:
    """The last `@` that a host stands behind, or -1."""
    at = text.rfind("@", first, last)
    while at >= 0 and not (text[at + 1 : at + 2].isalnum() or text[at + 1 : at + 2] in ("_", "[")):
        at = text.rfind("@", first, at)
    return at


def _end(text: str, at: int, pattern: Pattern[str]) -> int:
    """Where a pattern that takes what there is ends."""
    match = pattern.match(text, at)
    return match.end() if match else at
