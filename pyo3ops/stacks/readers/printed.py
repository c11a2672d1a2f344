"""What py-spy and pystack print alike: threads, their calls, and below a call its arguments and locals."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pyo3ops.stacks.model import Gil, Thread, Variable
from pyo3ops.stacks.readers import text

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame

_HEADINGS = {"Arguments:": True, "Locals:": False}
_LOCAL = re.compile(r"(?P<name>[^\s:]{1,300}): (?P<value>.*)$")


@dataclass
class Printed:
    """One thread so far, its calls in the order in which they are printed."""

    thread: Thread
    gil: Gil = Gil.UNKNOWN
    frames: list[Frame] = field(default_factory=list)
    #: What the tool says of the whole stack.
    said: str | None = None


@dataclass
class Variables:
    """The lines below a call: headings behind some spaces, variables behind some more."""

    heading_at: int
    variable_at: int
    #: What the last heading was: True for arguments, False for locals, None before any.
    heading: bool | None = None

    def begins(self, line: str) -> bool:
        """True for a heading, below which variables stand."""
        word = line[self.heading_at :]
        if word not in _HEADINGS or not line.startswith(" " * self.heading_at):
            return False
        self.heading = _HEADINGS[word]
        return True

    def is_one(self, line: str) -> bool:
        """True for what looks like a variable, wherever it stands."""
        return self._match(line) is not None

    def taken(self, frames: list[Frame], line: str) -> bool:
        """True for a variable below a heading, which the last of the frames gets as long as it has room."""
        match = self._match(line)
        if match is None or self.heading is None or not frames:
            return False
        if len(frames[-1].variables) < text.VALUE_LIMIT:
            value = Variable(match["name"], match["value"][: text.VALUE_LIMIT], argument=self.heading)
            frames[-1] = replace(frames[-1], variables=(*frames[-1].variables, value))
        return True

    def _match(self, line: str) -> re.Match[str] | None:
        return _LOCAL.match(line, self.variable_at) if line.startswith(" " * self.variable_at) else None
