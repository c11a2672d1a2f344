"""What CPython's faulthandler and `Py_FatalError` write: every thread's Python calls, from 3.14 the C calls as well.

Python/traceback.c, Python/pylifecycle.c and Modules/faulthandler.c of CPython's sources.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyo3ops.stacks.model import Confidence, Dump, Frame, Language, Module, Raised, Seam, Signal, Stack, Thread
from pyo3ops.stacks.readers import text

if TYPE_CHECKING:
    from pyo3ops.stacks.readers.text import Found, Lines

NAME = "faulthandler"

_FATAL = re.compile(r"(?P<type>Fatal Python error|Windows fatal exception): (?P<message>.{0,3900})$")
_TIMEOUT = re.compile(r"Timeout \((?P<time>[\d:.]{1,30})\)!$")
_THREAD = re.compile(
    r"(?P<current>Current t|T)hread 0x(?P<ident>[0-9a-f]{1,16}) (?:\[(?P<name>.{0,200})\] )?"
    r"\((?P<order>most recent call first|no Python frame)\):?$"
)
_STACK = "Stack (most recent call first):"
_C_STACK = re.compile(r"Current thread's C stack trace \(most recent call first\):$")
_FRAME = re.compile(r'  File "(?P<file>.{0,3900})", line (?P<line>\d{1,9}|\?\?\?) in (?P<function>.{0,3900})$')
_BINARY = re.compile(
    r'  Binary file "(?P<module>.{0,3900})"'
    r"(?:, at (?P<symbol>[^+]{0,3000})\+(?P<offset>0x[0-9a-f]{1,16}))? ?\[(?P<address>0x[0-9a-f]{1,16})\]$"
)
_OTHER = re.compile(r"  <.{1,200}>$|  \.\.\.$|\.\.\.$|  Garbage-collecting$|<Cannot show .{1,200}>$")
#: What a message may be followed by, before the first thread.
_STATE = re.compile(r"Python runtime state: |Extension modules: |$")
_SIGNALS = {
    "Segmentation fault": "SIGSEGV",
    "Aborted": "SIGABRT",
    "Bus error": "SIGBUS",
    "Illegal instruction": "SIGILL",
    "Floating point exception": "SIGFPE",
    "Floating-point exception": "SIGFPE",
    # What Windows calls exceptions, in the terms of the others.
    "access violation": "SIGSEGV",
    "stack overflow": "SIGSEGV",
    "page error": "SIGBUS",
    "int divide by zero": "SIGFPE",
    "integer overflow": "SIGFPE",
    "float divide by zero": "SIGFPE",
    "float overflow": "SIGFPE",
    "code 0xc000001d": "SIGILL",
    "code 0xc0000096": "SIGILL",
    "code 0xc0000409": "SIGABRT",
    "code 0xc0000374": "SIGABRT",
    "code 0x80000003": "SIGTRAP",
}
#: faulthandler itself stops there, in every thread.
_PYTHON_LIMIT = 100


def begins(lines: Lines, at: int) -> bool:
    """True for the first line of a fatal error, of a timeout or of a thread."""
    line = lines[at]
    if line.startswith(("Fatal Python", "Windows fatal", "Timeout (", "Current thread", "Thread 0x", "Stack (most")):
        return _starts(line)
    return False


def read(lines: Lines, at: int) -> Found:
    """All threads of one report."""
    reading = _Reading()
    end = index = at
    while index < len(lines) and (index == at or not (_FATAL.match(lines[index]) or _TIMEOUT.match(lines[index]))):
        line = lines[index]
        if reading.takes(line):
            end = index + 1
        elif line and not _STATE.match(line):
            break
        elif line:
            end = index + 1
        index += 1
    return end, reading.dump()


def _starts(line: str) -> bool:
    return any(pattern.match(line) for pattern in (_FATAL, _TIMEOUT, _THREAD, _C_STACK)) or line == _STACK


@dataclass
class _Threads:
    """One thread while its lines are read."""

    thread: Thread
    frames: list[Frame] = field(default_factory=list)
    seams: list[Seam] = field(default_factory=list)


@dataclass
class _Reading:
    """What one report has said so far."""

    raised: Raised | None = None
    signal: Signal | None = None
    threads: list[_Threads] = field(default_factory=list)
    modules: dict[str, Module] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)

    def takes(self, line: str) -> bool:
        """True where the line belongs to the report."""
        return self._head(line) or self._thread(line) or self._frame(line)

    def _head(self, line: str) -> bool:
        fatal, timeout = _FATAL.match(line), _TIMEOUT.match(line)
        if fatal:
            self.raised = Raised(fatal["type"], fatal["message"])
            name = _SIGNALS.get(fatal["message"])
            self.signal = text.signal_of(name) if name else None
        elif timeout:
            self.raised = Raised("Timeout", timeout["time"])
        return (fatal or timeout) is not None

    def _thread(self, line: str) -> bool:
        match = _THREAD.match(line)
        if match:
            current = match["current"] == "Current t"
            self.threads.append(_Threads(Thread(name=match["name"], ident=int(match["ident"], 16), current=current)))
        elif _C_STACK.match(line):
            known = next((each.thread for each in self.threads if each.thread.current), Thread(current=True))
            self.threads.append(_Threads(known))
        elif line == _STACK:
            self.threads.append(_Threads(Thread(current=True)))
        else:
            return False
        return True

    def _frame(self, line: str) -> bool:
        if line[:1] not in {" ", ".", "<"}:
            return False
        python, binary, other = _FRAME.match(line), _BINARY.match(line), _OTHER.match(line)
        if other:
            self._missing(line.strip())
        elif (python or binary) and self.threads:
            frames = self.threads[-1].frames
            if len(frames) < text.FRAME_LIMIT:
                frames.append(_python(python) if python else self._binary(line))
        return (python or binary or other) is not None

    def _binary(self, line: str) -> Frame:
        match = _BINARY.match(line)
        assert match is not None  # noqa: S101 - the caller looked
        module, address = match["module"], int(match["address"], 16)
        base = None
        if match["offset"] and not match["symbol"]:
            # Without a symbol the offset counts from where the file was loaded.
            base = address - int(match["offset"], 16)
        if module not in self.modules or self.modules[module].base is None:
            self.modules[module] = Module(module, base)
        return text.native(match["symbol"] or "", module=module, address=address)

    def _missing(self, said: str) -> None:
        """What stands in for frames, or for threads, that are not shown."""
        if said in {"Garbage-collecting", "<no Python frame>"}:
            return
        if self.threads and not said.startswith("<Cannot"):
            last = self.threads[-1]
            reason = f"only {len(last.frames)} calls were written" if said == "..." else said.strip("<>")
            last.seams.append(Seam(len(last.frames), reason))
        else:
            self.gaps.append(said.strip("<>"))

    def dump(self) -> Dump | None:
        """What was read; None where it is nothing."""
        if not (self.threads or self.raised):
            return None
        stacks = tuple(_stack(each) for each in self.threads)
        return Dump(
            stacks=stacks,
            exception=self.raised,
            signal=self.signal,
            confidence=Confidence.ONE_SIDED,
            source=NAME,
            modules=tuple(self.modules.values()),
            gaps=tuple(self.gaps),
        )


def _stack(thread: _Threads) -> Stack:
    seams = tuple(thread.seams)
    if not seams and len(thread.frames) == _PYTHON_LIMIT:
        seams = (Seam(_PYTHON_LIMIT, "only the last 100 calls are written"),)
    return Stack(thread.thread, tuple(thread.frames), confidence=Confidence.ONE_SIDED, seams=seams)


def _python(match: re.Match[str]) -> Frame:
    line = None if match["line"] == "???" else int(match["line"])
    return Frame(match["function"], Language.PYTHON, match["file"], line)
