"""Lines that a mail program, a terminal or an editor broke in two, put together where that makes a line that is known.

A line is only joined with what is behind it where it cannot be whole itself, and the two are.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Pattern, Sequence

#: Lines that one may be broken into, behind the first.
_PARTS = 2
#: Characters of a line that a terminal may have broken in a name.
_WIDE = 60
#: Lines behind one that was broken in which source may be broken as well.
_REACH = 40


class _Row(NamedTuple):
    """What begins a line of a kind, and what it is when it is whole."""

    begin: str
    open: Pattern[str]
    whole: Pattern[str]


_THREAD = r"\s{0,40}thread '[^']{0,200}'"
_CALL = r"\s{0,40}File \"[^\"\n]{1,2000}\", line \d{1,9}"
_ROWS = (
    # A call of Python's, of a traceback or faulthandler's.
    _Row(
        "File",
        re.compile(rf"\s{{0,40}}File(?: \"[^\"\n]{{0,2000}}(?:\",?(?: line)?)?)?$|{_CALL}(?:,|,? in)?$"),
        re.compile(rf"{_CALL}(?:,? in \S.{{0,500}})$"),
    ),
    _Row(
        "thread '",
        re.compile(rf"{_THREAD}(?: \(\d{{1,19}}\))?(?: panicked(?: at(?: \S{{1,1000}})?)?)?$"),
        re.compile(rf"{_THREAD} (?:\(\d{{1,19}}\) )?panicked at \S.{{0,1000}}:\d{{1,9}}:\d{{1,9}}:$"),
    ),
    _Row(
        "--- PyO3",
        re.compile(r"--- PyO3 is resuming[\w .]{0,80}(?: --?)?$"),
        re.compile(r"--- PyO3 is resuming a panic after fetching a PanicException from Python\. ---$"),
    ),
    _Row(
        "note: ",
        re.compile(r"note: (?:run with|Some details)[^\n]{0,120}$"),
        re.compile(r"note: (?:run with [^\n]{0,120} backtrace|Some details [^\n]{0,160} backtrace)\.?$"),
    ),
    _Row(
        "The above",
        re.compile(r"The above exception [\w ]{0,60}$"),
        re.compile(r"The above exception was the direct cause of the following exception:$"),
    ),
    _Row(
        "During",
        re.compile(r"During handling of [\w, ]{0,60}$"),
        re.compile(r"During handling of the above exception, another exception occurred:$"),
    ),
    # The place of a call in a backtrace of Rust's.
    _Row("at", re.compile(r"\s{6,60}at$"), re.compile(r"\s{6,60}at \S.{0,2000}:\d{1,9}(?::\d{1,9})?$")),
)
_INSIDE = re.compile(r"\s{0,40}File \"[^\"\n]{1,2000}$|.{0,300}panicked at \S{1,1000}$")
#: What ends a traceback, most often.
_FINAL = re.compile(r"[A-Za-z_][\w.]{0,200}(?:Error|Exception|Exit|Interrupt|Warning|Iteration)(?:: |$)")
_NAME = re.compile(r"[\w<>.]{1,80}$")
_DIGITS = re.compile(r"\d{0,9},? in \S")


def joined(lines: Sequence[str]) -> list[tuple[int, str]]:
    """The lines, each with the index of its first part."""
    found: list[tuple[int, str]] = []
    at, last = 0, -_REACH
    while at < len(lines):
        text, count = _joined(lines, at)
        if count:
            last = at
        elif at - last < _REACH and found and _is_source(lines, at, found[-1][1]):
            index, before = found.pop()
            found.append((index, f"{before} {text}"))
            at += 1
            continue
        found.append((at, text))
        at += 1 + count
    return found


def _joined(lines: Sequence[str], at: int) -> tuple[str, int]:
    """The line that begins here, and how many of those behind it are parts of it."""
    line = lines[at]
    start = line.lstrip()
    row = next((each for each in _ROWS if start.startswith(each.begin)), None)
    if row is None or row.whole.match(line) or not row.open.match(line):
        broken = row is not None and len(line) >= _WIDE and _is_rest_of_name(lines, at + 1)
        return (line + lines[at + 1], 1) if broken and start.startswith("File") else (line, 0)
    text = line
    for count, part in enumerate(lines[at + 1 : at + 1 + _PARTS], 1):
        if not part.strip() or (count > 1 and not row.open.match(text)):
            break
        # A terminal breaks words as well.
        hard, text = text + part, _together(text, part.strip())
        whole = next((each for each in (text, hard) if row.whole.match(each)), None)
        if whole is not None:
            return whole, count
    return line, 0


def _is_rest_of_name(lines: Sequence[str], at: int) -> bool:
    """True for the rest of a function's name, which only source stands below."""
    rest = _NAME.match(lines[at]) if at + 1 < len(lines) and lines[at + 1].startswith("    ") else None
    return rest is not None and not _FINAL.match(lines[at])


def _together(text: str, part: str) -> str:
    # Inside a path and a number there is no space that could have been lost.
    inside = _INSIDE.match(text) or (text[-1:].isdigit() and _DIGITS.match(part) and not part.startswith("in "))
    return f"{text}{part}" if inside else f"{text} {part}"


def _is_source(lines: Sequence[str], at: int, before: str) -> bool:
    """True for the rest of a line of source: below one, without a margin, and above the next call or the exception."""
    if not before.startswith("    ") or not lines[at][:1].strip() or _FINAL.match(lines[at]):
        return False
    behind = lines[at + 1] if at + 1 < len(lines) else ""
    return behind.lstrip().startswith('File "') or _FINAL.match(behind) is not None
