"""What Python's source says of the locks of `threading`: which one a line takes, and which ones are kept around it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame
    from pyo3ops.stacks.verdicts.guards import Read

#: Lines of one function that are looked at.
_LONGEST = 200
_WITH = re.compile(r"\s{0,200}(?:async\s{1,8})?with\s{1,8}(?P<name>[A-Za-z_][\w.]{0,120})\s{0,8}(?:as\s[^:]{1,100})?:")
_ACQUIRE = re.compile(r"(?P<name>[A-Za-z_][\w.]{0,120})\.acquire\(")


def wanted(frame: Frame, read: Read) -> str | None:
    """The lock that a line of Python takes, as the source calls it; None where it takes none, or cannot be read."""
    lines = read(frame.file) if frame.file else None
    if lines is None or frame.line is None or not 0 < frame.line <= len(lines):
        return None
    match = _WITH.match(lines[frame.line - 1][:1000]) or _ACQUIRE.search(lines[frame.line - 1][:1000])
    return match["name"] if match else None


def held(frame: Frame, read: Read) -> tuple[str, ...] | None:
    """What the `with` statements around a line of Python keep, by name, the innermost first; None: cannot be read."""
    lines = read(frame.file) if frame.file else None
    if lines is None or frame.line is None or not 0 < frame.line <= len(lines):
        return None
    held, depth = [], _indent(lines[frame.line - 1])
    for line in reversed(lines[max(0, frame.line - 1 - _LONGEST) : frame.line - 1]):
        if not line.strip() or _indent(line) >= depth:
            continue
        depth = _indent(line)
        match = _WITH.match(line[:1000])
        if match:
            held.append(match["name"])
        if line.lstrip().startswith(("def ", "async def ", "class ")):
            break
    return tuple(held)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
