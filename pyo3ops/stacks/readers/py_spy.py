"""What `py-spy dump` prints, as text and with --json.

src/dump.rs of its sources.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Mapping

from pyo3ops.stacks.model import Confidence, Dump, Frame, Gil, Language, Process, Stack, Thread, Variable
from pyo3ops.stacks.readers import text
from pyo3ops.stacks.readers.printed import Printed, Variables

if TYPE_CHECKING:
    from pyo3ops.stacks.readers.text import Found, Lines

NAME = "py_spy"
JSON = "py_spy_json"

_PROCESS = re.compile(r"Process (?P<pid>\d{1,9}): (?P<command>.{1,3900})$")
_PYTHON = re.compile(r"Python v(?P<version>[\w.+]{1,40}) \((?P<executable>.{1,3000})\)$")
_THREAD = re.compile(
    r"Thread (?P<tid>0x[0-9A-Fa-f]{1,16}|\d{1,9}) \((?P<state>(?:active|idle)(?:\+gil)?)\)"
    r"(?:: \"(?P<name>.{0,300})\")?$"
)
_FRAME = re.compile(r"    (?P<function>\S.{0,3000}) \((?P<file>[^()]{1,900})\)$")
_LINE = re.compile(r"(?P<file>.{1,900}):(?P<line>\d{1,9})$")
_BINARY = re.compile(r"\.so(?:\.\d{1,9}){0,4}$|\.(?:dylib|pyd|dll|exe)$")
_PASSED = 2


def begins(lines: Lines, at: int) -> bool:
    """True for the process or the thread that a text dump begins with."""
    line = lines[at]
    if line.startswith("Process "):
        return _PROCESS.match(line) is not None and at + 1 < len(lines) and _PYTHON.match(lines[at + 1]) is not None
    return line.startswith("Thread ") and _THREAD.match(line) is not None


def read(lines: Lines, at: int) -> Found:
    """One process with all of its threads."""
    reading = _Reading()
    end = text.run_end(
        lines, at, reading.takes, bool, passed=_PASSED, begins_anew=lambda line: _PROCESS.match(line) is not None
    )
    return end, reading.dump()


@dataclass
class _Reading:
    """What py-spy has said so far."""

    threads: list[Printed] = field(default_factory=list)
    process: Process = field(default_factory=Process)
    variables: Variables = field(default_factory=lambda: Variables(8, 12))

    def takes(self, line: str) -> bool:
        """True where py-spy wrote the line."""
        return self._below(line) if line.startswith("    ") else self._head(line)

    def _head(self, line: str) -> bool:
        process, python, thread = _PROCESS.match(line), _PYTHON.match(line), _THREAD.match(line)
        if process:
            argv = tuple(process["command"].split())
            self.process = replace(self.process, pid=int(process["pid"]), argv=argv)
        elif python:
            self.process = replace(self.process, python=python["version"], executable=python["executable"])
        elif thread:
            self.variables.heading = None
            self.threads.append(Printed(_thread(thread), Gil.HELD if "+gil" in thread["state"] else Gil.UNKNOWN))
        return (process or python or thread) is not None

    def _below(self, line: str) -> bool:
        if not self.threads:
            return False
        frames = self.threads[-1].frames
        if self.variables.begins(line):
            return True
        match = _FRAME.match(line)
        if match and len(frames) < text.FRAME_LIMIT:
            self.variables.heading = None
            frames.append(_frame(match["function"], match["file"]))
            return True
        return match is not None or self.variables.taken(frames, line) or self.variables.is_one(line)

    def dump(self) -> Dump | None:
        """What was read; None where it is nothing."""
        if not self.threads:
            return None
        stacks = tuple(_stack(each.thread, each.frames, each.gil) for each in self.threads)
        return Dump(stacks, self.process, confidence=_least(stacks), source=NAME)


def _stack(thread: Thread, frames: list[Frame], gil: Gil) -> Stack:
    """A stack; what py-spy merged may lack frames without a word, so that it is never called whole."""
    both = len({frame.language is Language.PYTHON for frame in frames}) > 1
    return Stack(thread, tuple(frames), gil, Confidence.PARTIAL if both else Confidence.ONE_SIDED)


def _least(stacks: tuple[Stack, ...]) -> Confidence:
    merged = any(stack.confidence is Confidence.PARTIAL for stack in stacks)
    return Confidence.PARTIAL if merged else Confidence.ONE_SIDED


def _thread(match: re.Match[str]) -> Thread:
    """Where py-spy does not know the kernel's number, it prints Python's in hexadecimal."""
    if match["tid"].startswith("0x"):
        return Thread(name=match["name"], ident=int(match["tid"], 16))
    return Thread(int(match["tid"]), match["name"])


def _frame(function: str, place: str, line: int | None = None) -> Frame:
    located = _LINE.match(place)
    file = place
    if located:
        file, line = located["file"], int(located["line"])
    if _BINARY.search(file):
        unnamed = re.fullmatch(r"0x[0-9A-Fa-f]{1,16}", function)
        return text.native("" if unnamed else function, module=file, address=int(function, 16) if unnamed else None)
    if file.startswith("<") or file.endswith((".py", ".pyx", ".ipynb")):
        return Frame(function, Language.PYTHON, file, line)
    # An executable has no ending; sources of native code have one.
    if line is None and "." not in file:
        return text.native(function, module=file)
    return text.native(function, file=file, line=line)


def begins_json(lines: Lines, at: int) -> bool:
    """True for the first line of a list of threads."""
    line = lines[at]
    if not line.startswith("["):
        return False
    head = line if len(line) > 1 else "".join(lines[at + 1 : at + 4])
    return '"pid"' in head[:200] and '"thread_id"' in head[:400]


def read_json(lines: Lines, at: int) -> Found:
    """The threads of a document, all of whose lines but the first and the last are indented."""
    end = at + 1
    while end < len(lines) and lines[end][:1] in {" ", "]"}:
        end += 1
        if lines[end - 1] == "]":
            break
    try:
        threads = json.loads("\n".join(lines[at:end]))
        stacks = tuple(_json_stack(each) for each in threads)
        process = _json_process(threads[0])
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError, OverflowError):
        return end, None
    return end, Dump(stacks, process, confidence=_least(stacks), source=JSON)


def _json_stack(row: Mapping[str, Any]) -> Stack:
    tid = row.get("os_thread_id")
    name = row.get("thread_name")
    thread = Thread(None if tid is None else int(tid), None if name is None else str(name), int(row["thread_id"]))
    frames = [_json_frame(each) for each in row["frames"][: text.FRAME_LIMIT]]
    return _stack(thread, frames, Gil.HELD if row.get("owns_gil") is True else Gil.UNKNOWN)


def _json_frame(row: Mapping[str, Any]) -> Frame:
    file, line = str(row["filename"]), int(row.get("line") or 0) or None
    frame = _frame(str(row["name"])[: text.LINE_LIMIT], file, line)
    # The library that the code is from; for Python's own frames there is none.
    if row.get("module"):
        frame = replace(frame, module=str(row["module"]))
    return replace(frame, variables=tuple(_json_local(each) for each in (row.get("locals") or ())))


def _json_local(row: Mapping[str, Any]) -> Variable:
    return Variable(str(row["name"]), str(row.get("repr"))[: text.VALUE_LIMIT], argument=bool(row.get("arg")))


def _json_process(row: Mapping[str, Any]) -> Process:
    info = row.get("process_info") or {}
    return Process(pid=int(row["pid"]), argv=tuple(str(info.get("command_line") or "").split()))
