"""What systemd writes of a core: `coredumpctl info`, and its message in the journal.

src/coredump/coredumpctl.c and src/shared/elf-util.c of systemd's sources write them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyo3ops.stacks.model import Confidence, Dump, Module, Process, Signal, Stack, Thread
from pyo3ops.stacks.readers import text

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frame
    from pyo3ops.stacks.readers.text import Found, Lines

NAME = "coredumpctl"
#: How the signal is called where the text does not tell which one it was.
UNTOLD = "core dumped"

_PID = re.compile(r"\s{0,40}PID: (?P<pid>\d{1,10}) \(.{1,200}\)$")
_DUMPED = re.compile(
    r"(?:.{0,200}: )?Process (?P<pid>\d{1,10}) \(.{1,200}\) of user \d{1,10} (?:dumped core|terminated)"
)
_SIGNAL = re.compile(r"\s{0,40}Signal: (?P<number>\d{1,3}) \((?P<name>[A-Z]{2,10})\)$")
_COMMAND = re.compile(r"\s{0,40}Command Line: (?P<command>\S.{0,3000})$")
_EXECUTABLE = re.compile(r"\s{0,40}Executable: (?P<path>\S.{0,3000})$")
_THREAD = re.compile(r"\s{0,40}Stack trace of thread (?P<tid>\d{1,10}):$")
_FRAME = re.compile(
    r"\s{0,40}#(?P<number>\d{1,5}) {1,4}0x(?P<address>[0-9a-f]{1,16}) (?P<name>\S.{0,3000}?)"
    r" \((?P<module>[^()]{1,500}?)(?: \+ 0x[0-9a-f]{1,16})?\)(?: \([^()]{1,500}\))?$"
)
#: Lines before the first stack, and between two.
_FIELDS, _QUIET = 400, 4
_MOST = 20_000
_ABORT = frozenset(("abort", "__GI_abort", "__abort"))


def begins(lines: Lines, at: int) -> bool:
    """True for the first line of the fields, of the message, or of a stack."""
    line = lines[at]
    if "PID: " in line[:50]:
        return _PID.match(line) is not None and any(_SIGNAL.match(each) for each in lines[at + 1 : at + 12])
    if " of user " in line[:300]:
        return _DUMPED.match(line) is not None
    if "Stack trace of thread " in line[:70]:
        return _THREAD.match(line) is not None and any(_FRAME.match(each) for each in lines[at + 1 : at + 3])
    # The head of the stack may not have been copied.
    return "#0 " in line[:50] and _FRAME.match(line) is not None


def read(lines: Lines, at: int) -> Found:
    """All threads of one core, the one that crashed first."""
    reading = _Reading()
    end = index = at
    while index < min(len(lines), at + _MOST) and index - end < (_QUIET if reading.stacks else _FIELDS):
        # What is told of the next core.
        if reading.stacks and (_PID.match(lines[index]) or _DUMPED.match(lines[index])):
            break
        if reading.takes(lines[index]):
            end = index + 1
        elif text.begins(lines[index]):
            break
        index += 1
    return max(end, at + 1), reading.dump()


@dataclass
class _Reading:
    """What one core has told so far."""

    pid: int | None = None
    argv: tuple[str, ...] = ()
    executable: str | None = None
    signal: Signal | None = None
    stacks: list[tuple[int | None, list[Frame]]] = field(default_factory=list)
    modules: dict[str, Module] = field(default_factory=dict)

    def takes(self, line: str) -> bool:
        """True where the line is one of systemd's, and says something."""
        return self._field(line) or self._thread(line) or self._frame(line)

    def _field(self, line: str) -> bool:
        pid, signal = _PID.match(line) or _DUMPED.match(line), _SIGNAL.match(line)
        command, executable = _COMMAND.match(line), _EXECUTABLE.match(line)
        if pid:
            self.pid = int(pid["pid"])
        elif signal:
            self.signal = Signal(int(signal["number"]), f"SIG{signal['name']}")
        elif command:
            self.argv = tuple(command["command"].split())
        elif executable:
            self.executable = executable["path"]
        return bool(pid or signal or command or executable)

    def _thread(self, line: str) -> bool:
        match = _THREAD.match(line)
        if match:
            self.stacks.append((int(match["tid"]), []))
        return match is not None

    def _frame(self, line: str) -> bool:
        match = _FRAME.match(line)
        if match is None:
            return False
        if not self.stacks or (match["number"] == "0" and self.stacks[-1][1]):
            self.stacks.append((None, []))
        frames, module = self.stacks[-1][1], match["module"]
        self.modules.setdefault(module, Module(module))
        if len(frames) < text.FRAME_LIMIT:
            name = "" if match["name"] == "n/a" else match["name"]
            frames.append(text.native(name, module=module, address=int(match["address"], 16)))
        return True

    def dump(self) -> Dump | None:
        """What was read; None where it is nothing."""
        stacks = [(tid, frames) for tid, frames in self.stacks if frames]
        if not stacks and self.signal is None:
            return None
        return Dump(
            tuple(
                Stack(Thread(tid, current=index == 0), tuple(frames), confidence=Confidence.ONE_SIDED)
                for index, (tid, frames) in enumerate(stacks)
            ),
            Process(pid=self.pid, argv=self.argv, executable=self.executable),
            signal=self.signal or self._ended(stacks[0][1]),
            confidence=Confidence.ONE_SIDED,
            source=NAME,
            modules=tuple(self.modules.values()),
        )

    def _ended(self, frames: list[Frame]) -> Signal:
        """Only what crashed has a core; which signal it was, the leaf may tell."""
        aborted = any(frame.function in _ABORT for frame in frames[:6])
        return text.signal_of("SIGABRT" if aborted else UNTOLD)
