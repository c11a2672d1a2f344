"""What addr2line prints with addresses, functions and inlined calls (the binutils manual, "addr2line")."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pyo3ops.stacks.demangle import demangled
from pyo3ops.stacks.model import Frame, Language

if TYPE_CHECKING:
    from pyo3ops.stacks.model import Frames

_ADDRESS = re.compile(r"0x[0-9a-f]{1,16}")
_PLACE = re.compile(r"(?P<file>.*):(?P<line>\d{1,9}|\?)(?: \(discriminator \d{1,9}\))?")
_NOTHING = frozenset({"??", ""})
_LANGUAGES = {".rs": Language.RUST, ".c": Language.C, ".h": Language.C}


def parse(text: str) -> dict[int, Frames]:
    """The calls behind each address, leaf first; addresses that nothing is known of are left out."""
    found: dict[int, list[Frame]] = {}
    calls: list[Frame] = []
    lines = iter(text.splitlines())
    for line in lines:
        if _ADDRESS.fullmatch(line):
            calls = found.setdefault(int(line, 16), [])
            continue
        frame = _frame(line, next(lines, ""))
        if frame is not None:
            calls.append(frame)
    return {address: _marked(calls) for address, calls in found.items() if calls}


def _frame(function: str, place: str) -> Frame | None:
    match = _PLACE.fullmatch(place)
    file = match["file"] if match and match["file"] not in _NOTHING else None
    line = int(match["line"]) if file and match and match["line"].isdigit() else None
    if function in _NOTHING and not line:
        return None
    language = _LANGUAGES.get(f".{(file or '').rpartition('.')[2]}", Language.UNKNOWN)
    symbol = function if demangled(function) != function else None
    return Frame(demangled(function), language, file, line or None, symbol=symbol)


def _marked(calls: list[Frame]) -> Frames:
    """All but the last were put into it."""
    return (*(replace(each, inlined=True) for each in calls[:-1]), calls[-1])
