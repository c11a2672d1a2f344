"""Breakpoints by sys.settrace, which costs every call: before Python 3.12."""

from __future__ import annotations

import signal
import sys
import threading
from _thread import get_native_id
from typing import Any, Callable

from pyo3ops_breakpoints import Target, Watch  # type: ignore[import-not-found]


class Traced(Watch):  # type: ignore[misc] # beside this file
    """By sys.settrace, before 3.12."""

    def start(self) -> None:
        """Watch this thread and those that `threading` starts; those that Rust starts are for gdb to look after."""
        # One object, and kept: its address is told.
        self.function = self.call
        threading.settrace(self.function)
        if self.config["trap"]:
            self.write("traced", tid=get_native_id(), function=id(self.function))
            sys.settrace(self.function)
            signal.raise_signal(signal.SIGTRAP)
        else:
            sys.settrace(self.function)

    def call(self, frame: Any, event: str, _: object) -> Any:  # noqa: ANN401
        """The global trace function, asked at every call of every function: as short as can be."""
        code = frame.f_code
        if code.co_name == "<module>":
            self.begin(code, frame)
        target = self.targets.get(id(code))
        if target is None or event != "call":
            return None
        # A generator that goes on is called as well, elsewhere than where it starts.
        starts = target.start and frame.f_lineno == code.co_firstlineno
        return self.first_line(target) if starts else self.line(target)

    def first_line(self, target: Target) -> Callable[[Any, str, object], Any]:
        """The local trace function of a call that is to stop where its body begins."""
        line = self.line(target)

        def trace(frame: Any, event: str, argument: object) -> Any:  # noqa: ANN401
            if event == "line":
                self.hit(target.start + target.lines.get(frame.f_lineno, []), frame)
                return line
            return trace if event == "opcode" else line(frame, event, argument)

        return trace

    def line(self, target: Target) -> Callable[[Any, str, object], Any]:
        """The local trace function that stops at the lines of a target."""
        lines = target.lines

        def trace(frame: Any, event: str, _: object) -> Any:  # noqa: ANN401
            if event == "line" and frame.f_lineno in lines:
                self.hit(lines[frame.f_lineno], frame)
            return trace

        return trace
