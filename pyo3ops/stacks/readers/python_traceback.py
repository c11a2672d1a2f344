"""Tracebacks that Python prints, 3.8 to 3.15: chains, groups, notes, syntax errors, those of threads and of `__del__`.

Lib/traceback.py and Python/pythonrun.c of CPython's sources write them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Iterator

from pyo3ops.stacks.model import Confidence, Dump, Frame, Language, Raised, Thread
from pyo3ops.stacks.readers import text

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frames
    from pyo3ops.stacks.readers.text import Found, Lines

NAME = "python_traceback"

#: How deep groups in groups are read; Python itself prints ten.
DEPTH_LIMIT = 11
#: Links of one chain, and of one in a group: what is read stays flat enough for whoever walks through it.
CHAIN_LIMIT, INNER_LIMIT = 30, 5

_HEAD = re.compile(r"(?P<group>(?:  \+ )?Exception Group )?Traceback \(most recent call last\):\s{0,9}$")
_FRAME = re.compile(r'  File "(?P<file>.{0,4000})", line (?P<line>\d{1,9})(?:, in (?P<function>.{0,4000}))?$')
_REPEATED = re.compile(r"  \[Previous line repeated (\d{1,12}) more times?\]$")
_FINAL = re.compile(r"(?P<type>[^\W\d][\w.<>]{0,500})(?:: (?P<message>.*))?:?$")
_CHAINS = {
    "The above exception was the direct cause of the following exception:": "cause",
    "During handling of the above exception, another exception occurred:": "context",
}
_THREAD = re.compile(r"Exception in thread (?P<name>.{1,500}):$")
_IGNORED = re.compile(r"Exception ignored (?:in|while|on)\b.{0,4000}$")
_MEMBER = re.compile(r" {0,40}\+-(?:\+-)?-{14,15} (?:\d{1,4}|\.\.\.) -{15,16}$")
_CLOSE = re.compile(r" {0,40}\+-{20,60}$")
#: Only these have a place of their own that is no call, and need no "Traceback" above it.
_SYNTAX = re.compile(r"(?:SyntaxError|IndentationError|TabError)(?:: |$)")


def begins(lines: Lines, at: int) -> bool:
    """True for a traceback's head, what stands before one, and exceptions that have none."""
    line = lines[at]
    if "Traceback (most recent call last):" in line:
        return _HEAD.match(line.lstrip() if line[:4] != "  + " else line) is not None
    if line.startswith("Exception "):
        return (_THREAD.match(line) or _IGNORED.match(line)) is not None
    if line.startswith('  File "'):
        return _is_syntax_error(lines, at)
    if line.startswith("  | "):
        # A group that was never raised, as `except*` makes them.
        following = lines[at + 1] if at + 1 < len(lines) else ""
        return following.startswith("  +-+-") and _MEMBER.match(following) is not None
    # An exception that was never raised has no traceback, but may be the cause of one that was.
    chained = at + 2 < len(lines) and lines[at + 2] in _CHAINS and not lines[at + 1]
    return chained and _FINAL.match(line) is not None and _goes_on(lines, at + 3)


def read(lines: Lines, at: int) -> Found:
    """A traceback with all that it is chained to."""
    first = lines[at]
    thread = _THREAD.match(first)
    ignored = _IGNORED.match(first)
    if ignored or thread:
        at += 1
        if at == len(lines) or not _HEAD.match(lines[at]):
            return at, None
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    # The program goes on after these, and so does its output.
    reading = _Reading(lines, at, goes_on=bool(ignored or thread))
    raised = reading.chain("" if lines[at].startswith(("  + ", "  | ", '  File "')) else indent, 0)
    if raised is None:
        return max(reading.at, at + 1), None
    if ignored:
        raised = replace(raised, notes=(first, *raised.notes))
    if thread:
        raised = replace(raised, thread=Thread(name=thread["name"]))
    gaps = tuple(reading.gaps)
    return reading.at, Dump(exception=raised, confidence=Confidence.ONE_SIDED, source=NAME, gaps=gaps)


def _goes_on(lines: Lines, at: int) -> bool:
    """True where another exception follows as Python prints it, and not as somebody else draws it."""
    following = next((line for line in lines[at : at + 2] if line), "")
    return _HEAD.match(following) is not None or _FINAL.match(following) is not None


def _is_syntax_error(lines: Lines, at: int) -> bool:
    frame = _FRAME.match(lines[at])
    if frame is None or frame["function"] is not None:
        return False
    for line in lines[at + 1 : at + 8]:
        if not line.startswith("    "):
            return _SYNTAX.match(line) is not None
    return False


@dataclass
class _Reading:
    """Where the reading of one traceback is.

    The gutter is what stands before each line: nothing, or the bars of the groups around it.
    """

    lines: Lines
    at: int
    gaps: list[str] = field(default_factory=list)
    goes_on: bool = False

    def chain(self, gutter: str, depth: int) -> Raised | None:
        """An exception and those that it came from, which are printed before it."""
        raised = self._exception(gutter, depth)
        for _ in range(INNER_LIMIT if depth else CHAIN_LIMIT):
            before, relation = self.at, self._relation(gutter)
            if raised is None or relation is None:
                break
            follower = self._exception(gutter, depth)
            if follower is None:
                self.at = before
                break
            raised = replace(follower, relation=relation, origin=raised)
        return raised

    def _own(self, gutter: str, ahead: int = 0) -> str | None:
        """A line without its gutter; None where it has another, or where the text ends."""
        index = self.at + ahead
        line = self.lines[index] if index < len(self.lines) else None
        if line is None or line.startswith(gutter):
            return line and line[len(gutter) :]
        return "" if line == gutter.rstrip() else None

    def _relation(self, gutter: str) -> str | None:
        """What joins the exception that was read with one that follows; goes on to that one."""
        for ahead in range(2):
            relation = _CHAINS.get(self._own(gutter, ahead) or "")
            if relation:
                self.at += ahead + 1
                self.at += self._own(gutter) == ""
                return relation
        return None

    def _exception(self, gutter: str, depth: int) -> Raised | None:
        head = _HEAD.match(self._own(gutter) or "")
        if head:
            gutter += "  | " if (head["group"] or "").startswith("  + ") else ""
            self.at += 1
        elif not gutter and (self._own(gutter) or "").startswith("  | "):
            gutter = "  | "
        frames = self._frames(gutter)
        final = _FINAL.match(self._own(gutter) or "")
        if final is None:
            self.gaps += ["the text ends before the exception is named"] if frames else []
            return Raised("", "", frames) if frames else None
        if not (frames or final["type"].rpartition(".")[2][:1].isupper()):
            return None
        message = self._message(gutter, final["message"] or "")
        return Raised(final["type"], message, frames, group=tuple(self._members(gutter, depth)))

    def _frames(self, gutter: str) -> Frames:
        frames: list[Frame] = []
        while True:
            line = self._own(gutter)
            match = _FRAME.match(line) if line else None
            if match:
                frames.append(_frame(match))
            elif not frames or not self._belongs(line, gutter, frames):
                break
            self.at += 1
        return tuple(reversed(frames[-text.FRAME_LIMIT :]))

    def _belongs(self, line: str | None, gutter: str, frames: list[Frame]) -> bool:
        """True for what is printed below a frame: its source, where in it, and how often it is repeated."""
        if line and line.startswith("    "):
            if frames[-1].source is None and line.strip():
                frames[-1] = replace(frames[-1], source=line.strip())
            return True
        repeated = _REPEATED.match(line or "")
        if repeated:
            last = frames[-1]
            self.gaps.append(f"{last.function} ({last.file}:{last.line}) is there {repeated[1]} more times")
            return True
        # Code of several lines may have empty ones.
        return line == "" and (self._own(gutter, 1) or "").startswith(("    ", '  File "'))

    def _message(self, gutter: str, first: str) -> str:
        start = self.at
        if gutter.strip():
            self.at += 1
            while self._goes_on(gutter):
                self.at += 1
        elif self.goes_on:
            self.at += 1
        else:
            self.at = text.message_end(self.lines, start, lambda line: line[len(gutter) :] in _CHAINS)
        rest = self.lines[start + 1 : self.at]
        return text.message([first, *(line[len(gutter) :] if line.startswith(gutter) else line for line in rest)])

    def _goes_on(self, gutter: str) -> bool:
        line = self.lines[self.at] if self.at < len(self.lines) else None
        if line is None or _MEMBER.match(line) or _CLOSE.match(line):
            return False
        own = self._own(gutter)
        # Before 3.13 the second line of a message had no gutter.
        if own is None:
            return bool(line.strip()) and not text.begins(line)
        return not (own == "" and self._own(gutter, 1) in _CHAINS)

    def _members(self, gutter: str, depth: int) -> Iterator[Raised]:
        """The exceptions of a group, each behind a line with its number."""
        margin, inner = gutter[:-2], f"{gutter[:-2]}  | "
        if depth == DEPTH_LIMIT or not self._is(_MEMBER, f"{margin}+-+-"):
            return
        while self._is(_MEMBER, f"{margin}+-+-") or self._is(_MEMBER, f"{margin}  +-"):
            self.at += 1
            member = self.chain(inner, depth + 1)
            if member:
                yield member
            elif (self._own(inner) or "").startswith(("and ", "... ")):
                self.gaps.append((self._own(inner) or "").strip())
                self.at += 1
        if self._is(_CLOSE, f"{margin}  +-"):
            self.at += 1

    def _is(self, pattern: re.Pattern[str], start: str) -> bool:
        line = self.lines[self.at] if self.at < len(self.lines) else ""
        return line.startswith(start) and pattern.match(line) is not None


def _frame(match: re.Match[str]) -> Frame:
    return Frame(match["function"] or "", Language.PYTHON, match["file"], int(match["line"]))
