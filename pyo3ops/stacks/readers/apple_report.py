"""What macOS writes of a crash: the exception's type, then every thread with its frames (`.crash`, "Problem Report").

Apple's "Understanding the exception types in a crash report" and "Examining the fields in a crash report" name the fields.
"""

# ruff: noqa: E501 - a pattern is read in one piece

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pyo3ops.stacks.model import Confidence, Dump, Module, Process, Signal, Stack, Thread
from pyo3ops.stacks.readers import text

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame
    from pyo3ops.stacks.readers.text import Found, Lines

NAME = "apple_report"

_TYPE = re.compile(r"Exception Type: {1,10}(?P<type>EXC_\w{1,40})(?: \((?P<signal>SIG[A-Z]{2,8})\))?")
_CODES = re.compile(r"Exception (?:Codes|Subtype): {1,10}(?P<code>KERN_\w{1,60}) at 0x(?P<address>[0-9a-f]{1,16})")
_REASON = re.compile(
    r"Termination (?:Reason|Signal): {1,10}(?:Namespace SIGNAL, Code (?P<number>0x[0-9a-f]{1,2}|\d{1,2})\b)?"
)
_THREAD = re.compile(
    r"Thread (?P<number>\d{1,5})(?P<crashed> Crashed)?:{1,2}(?: {1,4}(?:Dispatch queue: (?P<queue>.{1,200})|(?P<name>.{1,200})))?$"
)
_FRAME = re.compile(
    r"\d{1,5}\s{1,8}(?P<module>\S.{0,200}?)\s{1,60}0x(?P<address>[0-9a-f]{1,16}) (?P<symbol>\S.{0,3000}?) \+ (?P<offset>\d{1,12})"
    r"(?: \((?P<file>[^()]{1,500}):(?P<line>\d{1,9})\))?$"
)
_BASE = re.compile(r"0x(?P<base>[0-9a-f]{1,16})$")
#: Fields that stand between those and the threads.
_FIELD = re.compile(
    r"(?:Exception|Termination|Terminating|VM Region|Crashed Thread|Kernel Triage|Application Specific|External Mod|OS Version|Report Version"
    r"|Anonymous UUID|Triggered by Thread|Error Formulating|Date/Time|Time Awake|System Integrity|Process|Path|Identifier|Version|Code Type"
    r"|Parent Process|Responsible|User ID|Abort |VM - |ABORT|abort)|\s|-->|--->|VM_|MALLOC|__TEXT|Submap|Thread \d{1,5} name:|$"
)
#: Numbers of macOS, where they are not Linux's.
_SIGNALS = {4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 8: "SIGFPE", 9: "SIGKILL", 10: "SIGBUS", 11: "SIGSEGV"}
_OF_TYPE = {
    "EXC_BAD_ACCESS": "SIGSEGV",
    "EXC_CRASH": "SIGABRT",
    "EXC_BAD_INSTRUCTION": "SIGILL",
    "EXC_BREAKPOINT": "SIGTRAP",
}
#: Lines of one report.
_MOST = 20_000
#: Lines of fields, and of blanks, after which a report is over.
_QUIET = 60


def begins(lines: Lines, at: int) -> bool:
    """True for the line that says how it ended, or the first one of the threads."""
    line = lines[at]
    if line.startswith(("Exception Type:", "Termination Reason:", "Termination Signal:")):
        return _TYPE.match(line) is not None or "Namespace SIGNAL" in line
    thread = _THREAD.match(line) if line.startswith("Thread ") else None
    return thread is not None and at + 1 < len(lines) and _FRAME.match(lines[at + 1]) is not None


def read(lines: Lines, at: int) -> Found:
    """All threads of one report."""
    reading = _Reading()
    end, index = at, at
    while index < min(len(lines), at + _MOST) and index - end <= _QUIET:
        line = lines[index]
        if reading.takes(line):
            end = index + 1
        elif not _FIELD.match(line) or (reading.stacks and line.strip()):
            break
        index += 1
    return max(end, at + 1), reading.dump()


@dataclass
class _Reading:
    """What one report has said so far."""

    signal: Signal | None = None
    stacks: list[tuple[Thread, list[Frame]]] = field(default_factory=list)
    modules: dict[str, Module] = field(default_factory=dict)

    def takes(self, line: str) -> bool:
        """True where the line belongs to the report."""
        return self._ends(line) or self._thread(line) or self._frame(line)

    def _ends(self, line: str) -> bool:
        kind, codes, reason = _TYPE.match(line), _CODES.match(line), _REASON.match(line)
        if kind:
            name = kind["signal"] or _OF_TYPE.get(kind["type"])
            self.signal = text.signal_of(name) if name else self.signal
        elif codes and self.signal:
            self.signal = replace(self.signal, address=int(codes["address"], 16), code=codes["code"])
        elif reason and reason["number"] and self.signal is None:
            name = _SIGNALS.get(int(reason["number"], 0))
            self.signal = text.signal_of(name) if name else None
        return bool(kind or codes or reason)

    def _thread(self, line: str) -> bool:
        match = _THREAD.match(line)
        if match:
            self.stacks.append((Thread(name=match["name"] or match["queue"], current=match["crashed"] is not None), []))
        return match is not None

    def _frame(self, line: str) -> bool:
        match = _FRAME.match(line) if self.stacks else None
        if match is None:
            return False
        frames = self.stacks[-1][1]
        address, base = int(match["address"], 16), _BASE.match(match["symbol"])
        module = match["module"].strip()
        # Without a symbol the offset counts from where the file was loaded.
        self.modules.setdefault(module, Module(module, int(base["base"], 16) if base else None))
        if len(frames) < text.FRAME_LIMIT:
            line_number = int(match["line"]) if match["line"] else None
            name = "" if base else match["symbol"]
            frames.append(text.native(name, file=match["file"], line=line_number, module=module, address=address))
        return True

    def dump(self) -> Dump | None:
        """What was read; None where it is nothing."""
        if not self.stacks and self.signal is None:
            return None
        crashed = any(thread.current for thread, _ in self.stacks)
        # A report is only written of what crashed, by abort where nothing else is said.
        signal = self.signal or (text.signal_of(self._leaf()) if crashed else None)
        return Dump(
            stacks=tuple(
                Stack(thread, tuple(frames), confidence=Confidence.ONE_SIDED) for thread, frames in self.stacks
            ),
            process=Process(),
            signal=signal,
            confidence=Confidence.ONE_SIDED,
            source=NAME,
            modules=tuple(self.modules.values()),
        )

    def _leaf(self) -> str:
        """The signal that the crashed thread sent itself, or the one of bad addresses."""
        names = [frame.function for thread, frames in self.stacks if thread.current for frame in frames[:6]]
        return "SIGABRT" if {"abort", "__abort", "abort_message"} & set(names) else "SIGSEGV"
