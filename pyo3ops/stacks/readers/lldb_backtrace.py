"""What lldb prints for `bt` and `bt all`, on Linux and on macOS.

`thread-format` and `frame-format` of lldb's settings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pyo3ops.stacks.model import Confidence, Dump, Frame, Process, Signal, Stack, Thread
from pyo3ops.stacks.readers import calls, text

if TYPE_CHECKING:
    from pyo3ops.stacks.readers.text import Found, Lines

NAME = "lldb"

_THREAD = re.compile(
    r"(?P<current>\*| ) thread #(?P<number>\d{1,6})(?:: tid = (?P<tid>0x[0-9a-f]{1,16}|\d{1,19}))?"
    r"(?P<rest>.{0,3000})$"
)
_NAME = re.compile(r"name = '(?P<name>.{0,200}?)'")
_REASON = re.compile(r"stop reason = (?P<reason>.{1,1000})$")
_SIGNAL = re.compile(r"signal (?P<name>SIG\w{2,12})(?:: (?P<code>[^(]{1,200}))?")
_BAD_ACCESS = re.compile(r"EXC_BAD_ACCESS \(code=[^,]{1,40}, address=(?P<address>0x[0-9a-f]{1,16})\)")
_ADDRESS = re.compile(r"\(fault address: (?P<address>0x[0-9a-f]{1,16})\)")
_FRAME = re.compile(
    r" {2,6}(?:\* )?frame #\d{1,6}: (?P<address>0x[0-9a-f]{1,16})(?: (?P<module>[^`]{1,1000})`(?P<call>.*))?$"
)
_PROCESS = re.compile(r"Process (?P<pid>\d{1,9}) (?:stopped|launched|exited)")
_OFFSET = re.compile(r" \+ \d{1,12}$")
_PASSED = 6


def begins(lines: Lines, at: int) -> bool:
    """True for the head of a thread, and for a frame without one."""
    line = lines[at]
    if "thread #" in line[:14]:
        return _THREAD.match(line) is not None
    if line.startswith("Process "):
        stopped = _PROCESS.match(line) is not None
        return stopped and at + 1 < len(lines) and _THREAD.match(lines[at + 1]) is not None
    return "frame #" in line[:16] and _FRAME.match(line) is not None


def read(lines: Lines, at: int) -> Found:
    """All threads that are printed one after the other; of a thread that comes twice the longer stack."""
    reading = _Reading()
    end = text.run_end(lines, at, reading.takes, text.begins, passed=_PASSED)
    return end, reading.dump()


@dataclass
class _Thread:
    thread: Thread
    number: int
    frames: list[Frame] = field(default_factory=list)


@dataclass
class _Reading:
    """What lldb has said so far."""

    threads: list[_Thread] = field(default_factory=list)
    signal: Signal | None = None
    pid: int | None = None

    def takes(self, line: str) -> bool:
        """True where lldb wrote the line, and it says something."""
        if "frame #" in line[:16]:
            return self._frame(line)
        if "thread #" in line[:14]:
            return self._thread(line)
        process = _PROCESS.match(line)
        if process:
            self.pid = int(process["pid"])
        return process is not None

    def _thread(self, line: str) -> bool:
        match = _THREAD.match(line)
        if match is None:
            return False
        name = _NAME.search(match["rest"])
        tid = int(match["tid"], 0) if match["tid"] else None
        current = match["current"] == "*"
        thread = Thread(tid, name["name"] if name else None, current=current)
        self.threads.append(_Thread(thread, int(match["number"])))
        if current:
            self.signal = _signal(match["rest"]) or self.signal
        return True

    def _frame(self, line: str) -> bool:
        match = _FRAME.match(line)
        if match is None:
            return False
        if not self.threads:
            self.threads.append(_Thread(Thread(current=True), -1))
        frames = self.threads[-1].frames
        if len(frames) < text.FRAME_LIMIT:
            frames.append(_called(match["call"] or "", int(match["address"], 16), match["module"]))
        return True

    def dump(self) -> Dump | None:
        """What was read; None where it is nothing."""
        longest: dict[int, _Thread] = {}
        for each in self.threads:
            if each.frames and len(each.frames) >= len(getattr(longest.get(each.number), "frames", ())):
                longest[each.number] = each
        stacks = tuple(
            Stack(each.thread, tuple(each.frames), confidence=Confidence.ONE_SIDED) for each in longest.values()
        )
        if not stacks:
            return None
        return Dump(stacks, Process(self.pid), signal=self.signal, confidence=Confidence.ONE_SIDED, source=NAME)


def _signal(rest: str) -> Signal | None:
    reason = _REASON.search(rest)
    if reason is None:
        return None
    signal, access = _SIGNAL.match(reason["reason"]), _BAD_ACCESS.match(reason["reason"])
    if access:
        # The kernel of macOS tells it by its own name; as a signal it is this one, or SIGBUS.
        return Signal(0, "EXC_BAD_ACCESS", int(access["address"], 16))
    if signal is None or signal["name"] == "SIGSTOP":
        return None
    address = _ADDRESS.search(reason["reason"])
    code = (signal["code"] or "").strip() or None
    return replace(text.signal_of(signal["name"]), code=code, address=int(address["address"], 16) if address else None)


def _called(call: str, address: int, module: str | None) -> Frame:
    """The frame that stands behind a module's name."""
    outer, inlined, inner = call.partition(" [inlined] ")
    if call.startswith("[inlined] "):
        outer, inlined, inner = "", " [inlined] ", call[len("[inlined] ") :]
    called = inner if inlined else outer
    start = calls.opened(called)
    file, line = calls.place(called)
    if start > 0:
        end = called.rfind(")")
        name, values = called[:start].strip(), calls.arguments(called[start + 1 : max(end, start + 1)])
    else:
        bare = called[: called.rfind(" at ")] if file else called
        name, values = _OFFSET.sub("", bare).strip(), ()
    # Symbols without a name of their own are called after the module.
    name = "" if name.startswith("___lldb_unnamed_symbol") else name
    frame = text.native(name, file=file, line=line, module=module, address=address, inlined=bool(inlined))
    return replace(frame, variables=values)
