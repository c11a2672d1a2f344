"""Breakpoints by sys.monitoring (PEP 669), where code without one costs nothing: from Python 3.12 on."""

from __future__ import annotations

import sys
from typing import Any

from pyo3ops_breakpoints import Watch  # type: ignore[import-not-found]


class Monitored(Watch):  # type: ignore[misc] # beside this file
    """By sys.monitoring, from 3.12 on (PEP 669)."""

    def start(self) -> None:
        """Watch every thread, whoever started it."""
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        self.monitoring = monitoring
        self.entered: set[int] = set()
        # Those that debuggers, coverage, profilers and optimisers take are left to them.
        self.tool = next(each for each in (4, 3, 0, 1, 2, 5) if monitoring.get_tool(each) is None)
        monitoring.use_tool_id(self.tool, "pyo3ops")
        events = monitoring.events
        monitoring.register_callback(self.tool, events.PY_START, self.started)
        monitoring.register_callback(self.tool, events.LINE, self.line)
        monitoring.set_events(self.tool, events.PY_START)

    def started(self, code: Any, _offset: int) -> Any:  # noqa: ANN401
        """A function starts: none is asked twice that no breakpoint is at the start of."""
        if code.co_name == "<module>":
            for target in self.begin(code, sys._getframe(1)):  # noqa: SLF001 - the only way to a frame
                self.monitoring.set_local_events(self.tool, target.code, self.monitoring.events.LINE)
        known = self.targets.get(id(code))
        if known is None or not known.start:
            return self.monitoring.DISABLE
        self.entered.add(id(sys._getframe(1)))  # noqa: SLF001
        return None

    def line(self, code: Any, line: int) -> Any:  # noqa: ANN401
        """A line of a target is reached."""
        target = self.targets.get(id(code))
        if target is None:
            return self.monitoring.DISABLE
        places = target.lines.get(line, [])
        if target.start:
            frame = id(sys._getframe(1))  # noqa: SLF001
            if frame in self.entered:
                self.entered.discard(frame)
                places = target.start + places
        elif not places:
            return self.monitoring.DISABLE
        if places:
            self.hit(places, sys._getframe(1))  # noqa: SLF001
        return None
