"""Secrets of several lines: keys in blocks, whole and cut, and texts of YAML. Lines keep their numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Callable

from pyo3ops.debug.crash.redaction.shapes import FRONT
from pyo3ops.debug.crash.redaction.values import NAMES, OURS

if TYPE_CHECKING:
    from re import Match

#: What gives a word for a secret: its kind, and itself.
Word = Callable[[str, str], str]

_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,20}-----")
_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,20}-----")
#: A whole block on one line, with line ends as two characters, up to its end or the quote's.
_INLINE = re.compile(r"(?:\\{1,4}[nr]|[A-Za-z0-9+/=:, \-])+")
_BODY = re.compile(rf"(?P<front>{FRONT}\s{{0,40}}[\"']?)(?P<it>[A-Za-z0-9+/]{{4,}}={{0,2}}(?:\\n)?[\"']?,?)?\s{{0,8}}$")
_HEAD = re.compile(
    rf"(?P<front>{FRONT}\s{{0,40}})(?P<it>(?:Proc-Type|DEK-Info|Comment|Version|Hash|MessageID|Charset): .*)$"
)
#: Lines of a key, with no begin and no end of it.
_MIDDLE = re.compile(r"\n[A-Za-z0-9+/]{60,76}={0,2}(?=\n[A-Za-z0-9+/]{60,76}={0,2}(?:\n|\Z))")
_PUTTY = re.compile(r"Private-Lines: \d{1,3}\s{0,4}$|Private-MAC: ")
_SCALAR = re.compile(r"(?P<indent>[ \-]{0,400})[\"']?(?P<name>[\w.\-]{1,80})[\"']?: {1,4}[|>][+\-]?\d?\s{0,8}$")


def without(text: str, word: Word) -> str:
    """The text without the bodies of keys, and of texts that a secret's name stands above."""
    if "PRIVATE KEY" in text:
        text = _without_keys(text, word)
    if "Private-" in text:
        text = _changed(text, "Private-", _putty, word)
    if ": |" in text or ": >" in text:
        text = _changed(text, ": |", _yaml, word)
        text = _changed(text, ": >", _yaml, word)
    if _MIDDLE.search(f"\n{text}"):
        text = _without_middles(text, word)
    return text


Change = Callable[["list[str]", int, Word], int]


def _changed(text: str, literal: str, change: Change, word: Word) -> str:
    """The text with each line that has the literal, and those after it, changed."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        at = change(lines, at, word) if literal in lines[at] else at + 1
    return "\n".join(lines)


def _without_keys(text: str, word: Word) -> str:
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        at = _key(lines, at, word) if "PRIVATE KEY" in lines[at] else at + 1
    return "\n".join(lines)


def _key(lines: list[str], at: int, word: Word) -> int:
    """Change the lines of the key that begins or ends in a line; the line after it."""
    begin, end = _BEGIN.search(lines[at]), _END.search(lines[at])
    if begin is None:
        if end is not None:
            _take(lines, range(at - 1, -1, -1), word)
        return at + 1
    rest = lines[at][begin.end() :]
    inline = _INLINE.match(rest)
    if inline:
        body = inline[0].partition("-----END")[0]
        lines[at] = f"{lines[at][: begin.end()]}{word('key', body)}{rest[len(body) :]}"
        return at + 1
    return _take(lines, range(at + 1, len(lines)), word)


def _take(lines: list[str], places: range, word: Word) -> int:
    """Change lines that are of a key's body, as far as they go; the line after the last one."""
    said = ""
    for at in places:
        match = _HEAD.match(lines[at]) or _BODY.match(lines[at])
        if match is None:
            return at
        if match["it"]:
            said = said or word("key", match["it"])
            lines[at] = f"{match['front']}{said}"
    return places[-1] + 1 if places else places.start


def _putty(lines: list[str], at: int, word: Word) -> int:
    match = _PUTTY.search(lines[at])
    if match and match[0].startswith("Private-MAC") and not OURS.match(lines[at], match.end()):
        lines[at] = f"{lines[at][: match.end()]}{word('key', lines[at][match.end() :])}"
    return _take(lines, range(at + 1, len(lines)), word) if match else at + 1


def _without_middles(text: str, word: Word) -> str:
    lines = text.split("\n")
    at = 0
    while at + 1 < len(lines):
        pair = _full(lines[at]) and _full(lines[at + 1])
        at = _take(lines, range(at, len(lines)), word) if pair else at + 1
    return "\n".join(lines)


_FULL = re.compile(
    r"(?=[A-Za-z+/]{0,75}\d)(?=[a-z0-9+/]{0,75}[A-Z])(?=[A-Z0-9+/]{0,75}[a-z])[A-Za-z0-9+/]{60,76}={0,2}$"
)


def _full(line: str) -> Match[str] | None:
    return _FULL.match(line) if 60 <= len(line) <= 78 else None  # noqa: PLR2004 - what `_FULL` takes


def _yaml(lines: list[str], at: int, word: Word) -> int:
    """Change the lines of a block of text that stands below a secret's name."""
    match = _SCALAR.match(lines[at])
    if match is None or not NAMES.search(match["name"].lower()):
        return at + 1
    margin = len(match["indent"])
    said = ""
    for index in range(at + 1, len(lines)):
        line = lines[index]
        if line.strip() and len(line) - len(line.lstrip()) <= margin:
            return index
        if line.strip():
            said = said or word("secret", line.strip())
            lines[index] = f"{line[: len(line) - len(line.lstrip())]}{said}"
    return len(lines)
