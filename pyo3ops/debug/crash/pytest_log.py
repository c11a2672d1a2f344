"""Failures as pytest shows them, told as the tracebacks that they are.

With --tb=long the source stands above `file.py:7: TypeOfError`, with --tb=short a call is `file.py:7: in name`; the
message stands behind an E. _pytest/_code/code.py of its sources writes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Mapping, Sequence

_TITLE = re.compile(r"_{3,200} ?(?P<test>[^_\s].{0,300}?) ?_{3,200}$")
_END = re.compile(r"={3,200} .{1,300} ={3,200}$|={20,300}$|!{3,200} ")
_SHORT = re.compile(r"(?P<file>[^\s:][^:]{0,500}\.pyx?):(?P<line>\d{1,9}): in (?P<function>\S.{0,300})$")
_LONG = re.compile(r"(?P<file>[^\s:][^:]{0,500}\.pyx?):(?P<line>\d{1,9}): ?(?P<type>[A-Za-z_][\w.]{0,200})?$")
_DEF = re.compile(r" {0,80}(?:async )?def (?P<name>\w{1,200})\(")
_ERROR = re.compile(r"E {3}(?P<text>.{0,4000})$")
_RAISED = re.compile(r"[A-Za-z_][\w.]{0,300}: ?.{0,4000}$|[A-Za-z_][\w.]{0,300}(?:Error|Exception|Exit|Interrupt)$")
#: Lines of one failure that are looked at.
_MOST = 5_000

#: Index of a line, and text that is told as it were that line.
Told = Sequence["tuple[int, str]"]


@dataclass
class _Failure:
    """What one failure has shown so far."""

    calls: list[tuple[int, str]] = field(default_factory=list)
    function: str = ""
    errors: list[tuple[int, str]] = field(default_factory=list)
    type: str = ""
    last: int = 0


def tracebacks(lines: Sequence[str]) -> Mapping[int, Told]:
    """For each failure the lines of its traceback, at the index behind which they belong: that of its last line."""
    found: dict[int, Told] = {}
    index = 0
    while index < len(lines):
        if lines[index].startswith("___") and _TITLE.match(lines[index]):
            end, failure = _failure(lines, index + 1)
            told = _told(failure)
            if told:
                found[end - 1] = told
            index = end
        else:
            index += 1
    return found


def _failure(lines: Sequence[str], start: int) -> tuple[int, _Failure]:
    failure = _Failure()
    captured = False
    index = start
    while index < min(len(lines), start + _MOST):
        line = lines[index]
        if _END.match(line) or (line.startswith("___") and _TITLE.match(line)):
            break
        captured = captured or line.startswith("----")
        if not captured:
            _take(failure, index, line)
        index += 1
    return index, failure


def _take(failure: _Failure, index: int, line: str) -> None:
    error = _ERROR.match(line)
    if error:
        failure.errors.append((index, error["text"].strip()))
        return
    short, long, definition = _SHORT.match(line), _LONG.match(line), _DEF.match(line)
    if short:
        failure.calls.append((index, f'  File "{short["file"]}", line {short["line"]}, in {short["function"]}'))
    elif long:
        failure.calls.append((index, f'  File "{long["file"]}", line {long["line"]}, in {failure.function or "?"}'))
        failure.type = long["type"] or failure.type
    elif definition:
        failure.function = definition["name"]


def _told(failure: _Failure) -> list[tuple[int, str]]:
    """The traceback; nothing where the failure has no place, or is an assertion of the test's own."""
    if not failure.calls or not failure.errors:
        return []
    at, first = failure.errors[-1] if failure.type == "" else failure.errors[0]
    raised = next(((index, text) for index, text in failure.errors if _RAISED.match(text)), None)
    if raised is not None:
        at, first = raised
    elif failure.type:
        first = f"{failure.type}: {first}"
    else:
        return []
    rest = [(index, text) for index, text in failure.errors if index > at and text.strip()]
    return [(at, "Traceback (most recent call last):"), *failure.calls, (at, first), *rest[:20], (at, "")]
