"""The headings of a change log: Markdown's, marked or underlined, and reStructuredText's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterator

_UNDERLINE = re.compile(r"([=\-~^*+\"'#:.`_])\1{2,}\s*")
_MARKED = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t]*#*\s*")
_FENCE = re.compile(r"[ ]{0,3}(```+|~~~+)")


@dataclass(frozen=True)
class Heading:
    """A heading; lines count from 0, and `end` is the first one behind it."""

    text: str
    #: 1 is the outermost.
    level: int
    start: int
    end: int
    #: "##", or the underline's sign, twice where there is a line above as well.
    mark: str

    def written(self, text: str, newline: str) -> list[str]:
        """The lines of a heading like this one, with another text."""
        if self.mark.startswith("#") and self.end - self.start == 1:
            return [f"{self.mark} {text}{newline}"]
        line = self.mark[0] * max(len(text), 3) + newline
        return [*([line] if len(self.mark) > 1 else []), text + newline, line]


def headings(lines: list[str]) -> tuple[Heading, ...]:
    """The headings among the lines of a text, those in its blocks of code and in its comments left out."""
    ranks: dict[str, int] = {}
    found = list(_found(lines))
    marked = any(heading.end - heading.start == 1 for heading in found)
    for heading in found:
        if heading.end - heading.start > 1:
            # Markdown has two of them, with fixed ranks; reStructuredText ranks them as they come.
            ranks.setdefault(heading.mark, {"=": 1, "-": 2}.get(heading.mark, 3) if marked else len(ranks) + 1)
    return tuple(
        Heading(each.text, ranks.get(each.mark, each.level), each.start, each.end, each.mark)
        if each.end - each.start > 1
        else each
        for each in found
    )


def _found(lines: list[str]) -> Iterator[Heading]:
    fence, number, hidden = "", 0, False
    while number < len(lines):
        line = lines[number].rstrip("\r\n")
        opening = _FENCE.match(line)
        hidden = (hidden or "<!--" in line) and "-->" not in line.rpartition("<!--")[2]
        if fence or opening:
            fence = _fence(fence, line, opening)
        elif not hidden and "-->" not in line:
            heading = _heading(lines, number, line)
            if heading:
                yield heading
                number = heading.end
                continue
        number += 1


def _fence(fence: str, line: str, mark: re.Match[str] | None) -> str:
    """The mark that the block of code ends with, after this line; empty outside of one."""
    if not fence:
        return mark[1] if mark else ""
    closed = mark is not None and mark[1].startswith(fence) and not line[mark.end() :].strip()
    return "" if closed else fence


def _heading(lines: list[str], number: int, line: str) -> Heading | None:
    marked = _MARKED.fullmatch(line)
    if marked:
        return Heading(marked[2], len(marked[1]), number, number + 1, marked[1])
    below = lines[number + 1].rstrip("\r\n") if number + 1 < len(lines) else ""
    if _UNDERLINE.fullmatch(line) and number + 2 < len(lines):
        under = lines[number + 2].rstrip("\r\n")
        if below.strip() and not _UNDERLINE.fullmatch(below) and _is_under(under, below) and under[0] == line[0]:
            return Heading(below.strip(), 0, number, number + 3, line[0] * 2)
    elif line.strip() and not re.match(r"\s|[-*+>|] ", line) and _is_under(below, line):
        return Heading(line.strip(), 0, number, number + 2, below[0])
    return None


def _is_under(line: str, title: str) -> bool:
    """True for an underline; a short row of signs under a long line ends a table, or is a rule."""
    return _UNDERLINE.fullmatch(line) is not None and (len(line.rstrip()) >= len(title.strip()) or line[0] in "=-")
