"""What pystack prints for `remote` and `core`, with --native and --locals.

src/pystack/traceback_formatter.py of its sources writes it, from the root to the leaf.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pyo3ops.stacks.model import Confidence, Dump, Frame, Gil, Language, Process, Seam, Signal, Stack, Thread
from pyo3ops.stacks.readers import text
from pyo3ops.stacks.readers.printed import Printed, Variables

if TYPE_CHECKING:
    from pyo3ops.stacks.readers.text import Found, Lines

NAME = "pystack"

_THREAD = re.compile(
    r"Traceback for thread (?P<tid>\d{1,9}) (?:\((?P<name>.{0,200})\) )?(?:\[(?P<state>.{0,200})\] )?"
    r"\(most recent call last\):$"
)
_EMPTY = re.compile(r"The frame stack for thread (?P<tid>\d{1,9}) is empty$")
_INTERPRETER = re.compile(
    r"  (?:In the main interpreter|In interpreter \d{1,9}|Not currently attached to any interpreter)"
    r" \[(?P<state>.{0,200})\]$"
)
_PYTHON = re.compile(r'    \(Python\) File "(?P<file>.{0,3900})", line (?P<line>\d{1,9}), in (?P<function>.{0,3900})$')
_NATIVE = re.compile(
    r'    \(C\) File "(?P<file>.{0,2000}?)", line (?P<line>\d{1,9}), in (?P<function>.{0,3900}?)'
    r"(?P<inlined> \(inlined\))?(?: \((?P<module>[^()]{0,2000})\))?$"
)
_UNMERGED = re.compile(r"\* - (?P<said>Unable to merge native stack .{0,200}) - \*$")
_PID = re.compile(r"pid: (?P<pid>\d{1,9}) ppid: \d")
_EXECUTABLE = re.compile(r"executable: (?P<name>.{1,1000}) arguments: (?P<arguments>.{0,3000})$")
_SIGNAL = re.compile(r"The process died due receiving signal (?P<name>SIG\w{2,12})")
_FAULT = re.compile(
    r"The process died due a segmentation fault accessing address: (?P<address>(?:0x)?[0-9a-fA-F]{1,16})"
)
_CORE = "Core file information:"
_PASSED = 6


def begins(lines: Lines, at: int) -> bool:
    """True for the head of a thread and for what is said about a core."""
    line = lines[at]
    if line.startswith("T"):
        return any(pattern.match(line) for pattern in (_THREAD, _EMPTY, _SIGNAL, _FAULT))
    return line == _CORE


def read(lines: Lines, at: int) -> Found:
    """All threads that are printed one after the other."""
    reading = _Reading()
    end = text.run_end(lines, at, reading.takes, text.begins, passed=_PASSED, begins_anew=lambda line: line == _CORE)
    return end, reading.dump()


@dataclass
class _Reading:
    """What pystack has said so far."""

    threads: list[Printed] = field(default_factory=list)
    process: Process = field(default_factory=Process)
    signal: Signal | None = None
    variables: Variables = field(default_factory=lambda: Variables(6, 8))

    def takes(self, line: str) -> bool:
        """True where pystack wrote the line, and it says something."""
        if line.startswith(" "):
            return bool(self.threads) and (self._frame(line) or self._detail(line))
        return self._thread(line) or self._core(line)

    def _thread(self, line: str) -> bool:
        match, empty, unmerged = _THREAD.match(line), _EMPTY.match(line), _UNMERGED.match(line)
        self.variables.heading = None
        if match:
            self.threads.append(Printed(Thread(int(match["tid"]), match["name"]), _gil(match["state"])))
        elif empty:
            self.threads.append(Printed(Thread(int(empty["tid"]))))
        elif unmerged and self.threads:
            self.threads[-1].said = unmerged["said"]
        return (match or empty or unmerged) is not None

    def _core(self, line: str) -> bool:
        pid, executable = _PID.match(line), _EXECUTABLE.match(line)
        signal, fault = _SIGNAL.match(line), _FAULT.match(line)
        if pid:
            self.process = replace(self.process, pid=int(pid["pid"]))
        elif executable:
            argv = tuple(executable["arguments"].split())
            self.process = replace(self.process, executable=executable["name"], argv=argv)
        elif signal:
            self.signal = text.signal_of(signal["name"])
        elif fault:
            self.signal = replace(text.signal_of("SIGSEGV"), address=int(fault["address"], 16))
        return (pid or executable or signal or fault) is not None or line == _CORE

    def _frame(self, line: str) -> bool:
        python, native = _PYTHON.match(line), _NATIVE.match(line)
        frames = self.threads[-1].frames
        if python or native:
            self.variables.heading = None
        if len(frames) >= text.FRAME_LIMIT:
            return (python or native) is not None
        if python:
            frames.append(Frame(python["function"], Language.PYTHON, python["file"], int(python["line"])))
        elif native:
            frames.append(_native(native))
        return (python or native) is not None

    def _detail(self, line: str) -> bool:
        """What stands below a frame: its source line, arguments and locals."""
        thread = self.threads[-1]
        interpreter = _INTERPRETER.match(line)
        if interpreter:
            thread.gil = _gil(interpreter["state"])
            return True
        if not thread.frames:
            return False
        if self.variables.begins(line):
            return True
        frame = thread.frames[-1]
        if self.variables.heading is None and frame.source is None and line.startswith("        "):
            thread.frames[-1] = replace(frame, source=line.strip())
            return True
        return self.variables.taken(thread.frames, line)

    def dump(self) -> Dump | None:
        """What was read; None where it is nothing."""
        if not (self.threads or self.signal):
            return None
        stacks = tuple(_stack(each) for each in self.threads)
        whole = stacks and all(each.confidence is Confidence.FULL for each in stacks)
        confidence = Confidence.FULL if whole else Confidence.ONE_SIDED
        return Dump(stacks, self.process, signal=self.signal, confidence=confidence, source=NAME)


def _stack(thread: Printed) -> Stack:
    frames = tuple(reversed(thread.frames))
    both = len({frame.language is Language.PYTHON for frame in frames}) > 1
    seams = (Seam(0, thread.said),) if thread.said else ()
    return Stack(thread.thread, frames, thread.gil, Confidence.FULL if both else Confidence.ONE_SIDED, seams)


def _gil(state: str | None) -> Gil:
    if state and "Has the GIL" in state:
        return Gil.HELD
    return Gil.WAITED_FOR if state and "Waiting for the GIL" in state else Gil.UNKNOWN


def _native(match: re.Match[str]) -> Frame:
    file = None if match["file"] in {"???", ""} else match["file"]
    return text.native(
        match["function"],
        file=file,
        line=int(match["line"]) or None if file else None,
        module=match["module"],
        inlined=match["inlined"] is not None,
    )
