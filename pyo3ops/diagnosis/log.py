"""A log as lines that can be searched: decoded, without colours, without what a CI or a package manager put in front.

Nothing here trusts the log: encodings are guessed, bytes that fit none are replaced, lines and the whole are bounded.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bytes that are read of one log, and at once.
LIMIT = 512 * 2**20
BLOCK = 2**18
#: Characters of a line that are searched, at its begin and at its end: linkers are called with lines of 100 kB.
EDGE = 3000
#: Characters of a line that are held at once.
LONGEST = 2**18

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# ECMA-48: string controls (a title, a link) up to their end, colours and cursor movements, two-character escapes.
_ESCAPES = re.compile(
    r"\x1b[\]PX^_][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)?|\x1b\[[0-?]{0,40}[ -/]{0,4}[@-~]?|\x1b[ -/]{0,4}[0-~]"
)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

_STAMP = r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?(?: \d\d[OE]\+?)?"
#: In front of what a tool printed, in this order: job and step (`gh run view --log`), a service of docker compose, step
#: and seconds of BuildKit, a time stamp, a command of GitHub's runner, the frames of pip, uv and rustc, pytest's E.
_FRONT = re.compile(
    r"(?:[^\t]{1,80}\t[^\t]{1,80}\t)?"
    r"(?:[\w.-]{1,40} {1,20}\| )?"
    r"(?:#\d{1,4} )?(?:\d{1,5}\.\d{1,3} )?"
    rf"(?:{_STAMP} ?)?"
    r"(?:::(?:error|warning|notice|debug|group)?[^:]{0,200}:: ?|##\[[\w-]{1,20}\] ?)?"
    r"[\s│┃┆|>╭╰├└─▶\xd7✗✘*·•:]{0,200}"
    r"(?:E {2,40})?"
)
#: Lines whose words are no errors: what a build script tells cargo names every variable it looks at, the name of a test
#: that passed may say anything, and what tools note for their own authors is not what they tell users.
_MEANS_NOTHING = re.compile(
    r"(?:\[[\w-]{1,80} [\w.+-]{1,40}\] )?cargo::?(?!warning|error)[\w-]{1,40}="
    r"|(?:DEBUG|TRACE|PASSED|SKIPPED|XFAIL|XPASS)\b|test .{1,400} \.\.\. ok$"
    r"|.{1,400} (?:PASSED|SKIPPED|XFAIL|XPASS)\b.{0,200}$"
)
_SPACES = re.compile(r"[ \t\u00a0]{2,}|[\t\u00a0]")


class Line(NamedTuple):
    """One line: its number, counted from 1, as it was printed (without escapes), and `text`, which is searched."""

    number: int
    shown: str
    text: str


def lines(stream: BinaryIO, limit: int = LIMIT) -> Iterator[Line]:
    """The lines of a log, at most `limit` bytes of it; one drawn anew (a lone carriage return) counts as one."""
    for number, raw in enumerate(_split(_decoded(stream, limit)), 1):
        for part in raw.split("\r"):
            shown = plain(part).rstrip()
            if shown:
                yield Line(number, shown, bare(shown))


def plain(text: str) -> str:
    """The text without terminal escapes and other characters that show nothing."""
    if len(text) > 2 * EDGE:
        text = f"{text[:EDGE]} ... {text[-EDGE:]}"
    return _CONTROLS.sub("", _ESCAPES.sub("", text)) if not text.isprintable() else text


def bare(text: str) -> str:
    """The text without what stands in front of a tool's own words, and with single spaces."""
    front = _FRONT.match(text)
    text = text[front.end() if front else 0 :]
    return "" if _MEANS_NOTHING.match(text) else _SPACES.sub(" ", text)


def encoding_of(head: bytes) -> tuple[str, int]:
    """The encoding that the first bytes of a text speak for, and the length of its byte order mark."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    # Windows PowerShell redirects as UTF-16; a part of such a file has no mark: every second byte is zero.
    pairs = len(head) // 2
    if pairs and head[1::2].count(0) > pairs * 0.6:
        return "utf-16-le", 0
    return ("utf-16-be", 0) if pairs and head[0::2].count(0) > pairs * 0.6 else ("utf-8", 0)


def _decoded(stream: BinaryIO, limit: int) -> Iterator[str]:
    head = stream.read(min(BLOCK, limit))
    name, skip = encoding_of(head[:4096])
    decoder = codecs.getincrementaldecoder(name)("replace")
    left = limit - len(head)
    block = head[skip:]
    while block:
        yield decoder.decode(block)
        block = stream.read(min(BLOCK, left))
        left -= len(block)
    yield decoder.decode(b"", final=True)


def _split(texts: Iterator[str]) -> Iterator[str]:
    """The texts at their newlines; what is too long for a line is given in parts, so that memory stays bounded."""
    rest = ""
    for text in texts:
        *whole, rest = (rest + text).split("\n")
        yield from whole
        if len(rest) > LONGEST:
            # The middle of such a line is not searched anyway.
            rest = rest[:EDGE] + rest[-EDGE:]
    if rest:
        yield rest
