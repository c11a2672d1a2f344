"""What `perf script -F comm,pid,tid,ip,sym,dso` prints, as samples."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Iterator

from pyo3ops.stacks.model import Frame, Language, Sample

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD = re.compile(r"\S.*?\s+(?P<pid>\d+)/(?P<tid>\d+)\s*:?\s*$")
_FRAME = re.compile(r"\s+(?P<ip>[0-9a-f]+) (?P<symbol>.*) \((?P<module>[^()]*(?:\([^()]*\))?)\)$")
#: How CPython names its trampolines (Python/perf_trampoline.c): qualified name, colon, file.
_TRAMPOLINE = re.compile(r"py::(?P<name>.*?):(?P<file>.*)")
#: The kernel and its modules; the other names in brackets are areas of the process.
_KERNEL = re.compile(r"\[(?!unknown|vdso|heap|stack|vsyscall)[\w.]+\].*")


def read(lines: Iterable[str]) -> Iterator[Sample]:
    """Samples, one at a time, in the order of the recording; lines that are none of perf's are passed over."""
    pid = tid = None
    frames: list[Frame] = []
    for line in lines:
        head = _HEAD.match(line)
        if head or not line.strip():
            if frames:
                yield Sample(tuple(frames), 1, pid, tid)
            frames = []
            if head:
                pid, tid = int(head["pid"]), int(head["tid"])
        elif pid is not None:
            frames.extend(_frames(line))
    if frames:
        yield Sample(tuple(frames), 1, pid, tid)


def _frames(line: str) -> Iterator[Frame]:
    match = _FRAME.match(line)
    if match is None:
        return
    symbol, module = match["symbol"].strip(), match["module"]
    trampoline = _TRAMPOLINE.fullmatch(symbol)
    if trampoline:
        yield Frame(trampoline["name"], Language.PYTHON, trampoline["file"])
    elif module == "[unknown]" and symbol == "[unknown]":
        # What DWARF could not unwind: an address between two calls says nothing.
        return
    else:
        language = Language.KERNEL if _KERNEL.fullmatch(module) else Language.UNKNOWN
        yield Frame(symbol, language, module=module, address=int(match["ip"], 16))
