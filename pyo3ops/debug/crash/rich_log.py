"""Tracebacks in a box, as rich, typer and others draw them, told as the tracebacks that they are.

Calls run from the outermost one: a head with the file, the line and the function, source with an arrow, and perhaps a
box with local variables. The exception stands below the box. rich/traceback.py of its sources writes them.
"""

from __future__ import annotations

import re
from typing import Mapping, Sequence

_TOP = re.compile(r"\s{0,80}[╭┌+][─━-]{1,300} Traceback \(most recent call last\) [─━-]{1,300}[╮┐+]?$")
_BOTTOM = re.compile(r"\s{0,80}[╰└+][─━-]{3,400}[╯┘+]?$")
_CALL = re.compile(r"(?P<file>[^\s❱=][^=]{0,1000}?):(?P<line>\d{1,9}) in (?P<function>[^\s=][^=]{0,300})$")
#: The begin of a call whose path is too long for the box.
_LONG = re.compile(r"(?:[~/\\<]|[A-Za-z]:\\)[^=]{1,1000}$")
_ARROW = re.compile(r"[❱>] {0,8}(?P<line>\d{1,9})(?P<source>(?: |│).{0,500})?$")
_RAISED = re.compile(r"\s{0,80}(?P<said>[A-Za-z_][\w.]{0,200}(?:: .{0,4000}|:)?)$")
_CHAINS = frozenset(
    {
        "The above exception was the direct cause of the following exception:",
        "During handling of the above exception, another exception occurred:",
    }
)
_EDGES = " │┃|"
#: Lines of one box, lines that one call is broken into behind its first, and boxes of one chain.
_MOST, _PARTS, _LINKS = 3_000, 3, 30

#: Index of a line, and text that is told as it were that line.
Told = Sequence["tuple[int, str]"]


def tracebacks(lines: Sequence[str]) -> Mapping[int, Told]:
    """For each traceback its lines, at the index behind which they belong: that of its last line."""
    found: dict[int, Told] = {}
    index = 0
    while index < len(lines):
        if "Traceback (" not in lines[index] or not _TOP.match(lines[index]):
            index += 1
            continue
        end, told = _chain(lines, index)
        if told:
            found[end] = told
        index = end + 1
    return found


def _chain(lines: Sequence[str], top: int) -> tuple[int, list[tuple[int, str]]]:
    """The last line of a box and of those that are chained to it, and what they tell."""
    end, told = _box(lines, top)
    for _ in range(_LINKS):
        joint = _next(lines, end + 1)
        top = _next(lines, joint + 1)
        if not told or joint >= len(lines) or lines[joint].strip() not in _CHAINS:
            break
        if top >= len(lines) or not _TOP.match(lines[top]):
            break
        last, more = _box(lines, top)
        if not more:
            break
        end, told = last, [*told, (joint, lines[joint].strip()), (joint, ""), *more]
    return end, told


def _next(lines: Sequence[str], at: int) -> int:
    """The next line that is not empty, of the three from here; else the one behind them."""
    return next((each for each in range(at, min(at + 3, len(lines))) if lines[each].strip()), at + 3)


def _box(lines: Sequence[str], top: int) -> tuple[int, list[tuple[int, str]]]:
    """The last line of a traceback, and what it tells; nothing where no exception is below the box."""
    calls: list[tuple[int, str]] = []
    limit = min(len(lines), top + 1 + _MOST)
    index = top + 1
    while index < limit and not _BOTTOM.match(lines[index]) and not _TOP.match(lines[index]):
        call, count = _call(lines, index, limit)
        arrow = _ARROW.match(_inner(lines[index])) if calls else None
        if call:
            calls.append((index, f'  File "{call["file"]}", line {call["line"]}, in {call["function"].strip()}'))
        elif arrow and (arrow["source"] or "").strip(_EDGES):
            calls.append((index, f"    {(arrow['source'] or '').strip(_EDGES)}"))
        index += count
    below = _next(lines, index + 1)
    raised = _RAISED.match(lines[below]) if index < limit and below < len(lines) else None
    if not raised or not calls:
        return min(index, len(lines)) - 1, []
    return below, [(top, "Traceback (most recent call last):"), *calls, (below, raised["said"]), (below, "")]


def _call(lines: Sequence[str], index: int, limit: int) -> tuple[re.Match[str] | None, int]:
    """The call that is named here, and how many lines it takes."""
    text = _inner(lines[index])
    match = _CALL.match(text)
    if match or not _LONG.match(text):
        return match, 1
    for count, part in enumerate(lines[index + 1 : min(limit, index + 1 + _PARTS)], 2):
        inner = _inner(part)
        if not inner:
            break
        # A path is broken anywhere, what is behind it at a space.
        text = f"{text} {inner}" if re.search(r":\d{1,9}(?: in)?$", text) and not inner[0].isdigit() else text + inner
        match = _CALL.match(text)
        if match:
            return match, count
    return None, 1


def _inner(line: str) -> str:
    return line.strip(_EDGES)
