"""Tracebacks as IPython and notebooks show them, told as the tracebacks that they are.

Calls run from the outermost one: a head with the file and the function, then lines of source of which an arrow marks
the one that runs. IPython/core/ultratb.py of its sources writes them.
"""

# ruff: noqa: E501 - a pattern is read in one piece

from __future__ import annotations

import re
from typing import Mapping, Sequence

_HEAD = re.compile(r"(?P<type>[A-Za-z_][\w.]{0,200}) {2,200}Traceback \(most recent call last\)$")
#: Newer ones first: `Cell In[3], line 1`, `File ~/a.py:3, in f(x)`, `Input In [3], in <cell line: 1>()`, `/a.py in f(x)`.
_CALLS = (
    re.compile(r"(?P<file>Cell In ?\[\d{1,9}\]), line (?P<line>\d{1,9})(?:, in (?P<function>[^\s(]{1,300}).{0,500})?$"),
    re.compile(r"File (?P<file>\S.{0,1000}?):(?P<line>\d{1,9})(?:, in (?P<function>[^(]{1,300})(?:\(.{0,3000})?)?$"),
    re.compile(r"(?P<file>Input In \[\d{1,9}\]), in (?P<function><cell line: (?P<line>\d{1,9})>)\(\)$"),
    re.compile(r"(?P<file>[~/\\<]\S{0,1000}|[A-Za-z]:\\\S.{0,1000}?) in (?P<function>[^\s(]{0,300})(?:\(.{0,3000})?$"),
)
_ARROW = re.compile(r"-{1,6}> {1,4}\[?(?P<line>\d{1,9})\]?(?:\(\S{1,500}\))? {0,400}(?P<source>.{0,300})$")
_SOURCE = re.compile(r" {0,12}\[?\d{1,9}\]?(?:\(\S{1,500}\))?(?: |$)|\s{0,80}$|\s{0,12}\.{3}")
_RAISED = re.compile(r"(?P<type>[A-Za-z_][\w.]{0,200}(?:Error|Exception|Exit|Interrupt|Warning|Iteration)): .{0,4000}$")
#: VS Code makes links of files and lines when a notebook's output is copied.
_LINK = re.compile(r"\[(?P<text>[^\[\]\n]{1,500})\]\((?:https://file\+|vscode-notebook-cell:|file:)[^()\s]{0,1000}\)")
#: Lines of one traceback that are looked at.
_MOST = 2_000

#: Index of a line, and text that is told as it were that line.
Told = Sequence["tuple[int, str]"]


def without_links(text: str) -> str:
    """The line as it was shown, without links to an editor's files."""
    return _LINK.sub(r"\g<text>", text) if "](" in text else text


def tracebacks(lines: Sequence[str]) -> Mapping[int, Told]:
    """For each traceback its lines, at the index behind which they belong: that of its last line."""
    found: dict[int, Told] = {}
    index = 0
    while index < len(lines):
        line = lines[index]
        if _ARROW.match(line) or ("Traceback (" in line and _HEAD.match(line)):
            begin = index if _HEAD.match(line) else _begin(lines, index)
            end, told = _read(lines, begin)
            if told:
                found[end] = told
            index = max(end, index) + 1
        else:
            index += 1
    return found


def _begin(lines: Sequence[str], index: int) -> int:
    """The head of the call that an arrow is in, where the traceback's own head is not there."""
    for at in range(index, max(-1, index - 20), -1):
        if any(pattern.match(lines[at]) for pattern in _CALLS):
            return at
    return index


def _read(lines: Sequence[str], begin: int) -> tuple[int, list[tuple[int, str]]]:
    """The last line of a traceback, and what it tells; nothing where no exception ends it."""
    head = _HEAD.match(lines[begin])
    calls: list[tuple[int, str]] = []
    call: tuple[str, str] | None = None
    for index in range(begin + (head is not None), min(len(lines), begin + _MOST)):
        line = lines[index]
        named = next((match for match in (pattern.match(line) for pattern in _CALLS) if match), None)
        arrow, raised = _ARROW.match(line), _RAISED.match(line)
        if named:
            function = (named["function"] or "").strip()
            # A cell has no function that IPython could name.
            call = (named["file"], "<module>" if function in ("", "?") or function.startswith("<cell") else function)
            number = named.groupdict().get("line")
            if number:
                calls.append((index, f'  File "{call[0]}", line {number}, in {call[1]}'))
                call = None
        elif arrow and call:
            calls += [
                (index, f'  File "{call[0]}", line {arrow["line"]}, in {call[1]}'),
                (index, f"    {arrow['source']}"),
            ]
            call = None
        elif raised and calls and (head is None or head["type"].endswith(raised["type"].rpartition(".")[2])):
            return index, [(begin, "Traceback (most recent call last):"), *calls, (index, line), (index, "")]
        elif not (arrow or _SOURCE.match(line)):
            return index, []
    return min(len(lines), begin + _MOST) - 1, []
