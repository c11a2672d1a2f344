"""Stacks for a person at a terminal: one line a call, coloured by language, with the lines of source it stands at."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING, Iterator

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from pyo3ops.render.clean import clean, line
from pyo3ops.render.short_names import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.core.model import Call, SourceLine, Trace

#: A colour for each language: which side of the boundary a call is on is what the eye looks for first.
COLOURS = {"python": "cyan", "rust": "yellow", "c": "bright_black", "kernel": "bright_black"}
#: Characters of the word in front of a call, and columns in front of what belongs to one.
_WORD = 7
_INDENT = 2 + _WORD
#: Variables of one call, and lines of one of them, that are shown unless everything is asked for.
VARIABLES = 12
_LINES = 2
#: The least columns that a line of source is cut to.
_LEAST = 12
_CUT = "\u2026"


def lines(
    trace: Trace, width: int, *, verbose: bool, here: str = "", unicode: bool = True
) -> Iterator[tuple[Text, int]]:
    """The lines of a stack, each with its indent; a place that does not fit into `width` columns has its own line.

    Source is cut to fit, long paths in their middle, long names at their parameters, unless it is `verbose`; paths
    below the folder `here` are told from there. Without `unicode` three dots stand for what was cut.
    """
    look = _Look(width, verbose, here, _CUT if unicode else "...")
    head = Text().append(line(trace.title), "bold")
    notes = [each for each in clean(trace.note).split("\n") if each]
    if notes:
        head.append(f"  {notes[0]}", "dim")
    yield head, 0
    yield from ((Text(each, "dim"), 2) for each in notes[1:])
    first = next((number for number, each in enumerate(trace.calls) if each.own), None)
    for number, call in enumerate(trace.calls):
        yield from look.call(call, everything=verbose or number == first)
    if trace.hidden:
        plural = "frame" if trace.hidden == 1 else "frames"
        yield Text(f"{trace.hidden} {plural} of the interpreter, PyO3 and libraries hidden (--all-frames)", "dim"), 2


class _Look:
    """How the calls of a stack are laid out."""

    def __init__(self, width: int, verbose: bool, here: str, cut: str) -> None:  # noqa: FBT001 - of this file alone
        self._width = width
        self._verbose = verbose
        self._here = f"{here.rstrip(os.sep)}{os.sep}" if here else ""
        self._cut = cut

    def call(self, call: Call, *, everything: bool) -> Iterator[tuple[Text, int]]:
        """A call with its place, its source and its variables; `everything` around its line, too."""
        if call.gap:
            yield Text(f"... {line(call.gap)} ...", "magenta"), 2
            return
        yield from self._head(call)
        shown = [each for each in call.source if everything or each.current]
        yield from ((each, _INDENT) for each in self._source(shown))
        yield from self._variables(call)

    def _head(self, call: Call) -> Iterator[tuple[Text, int]]:
        colour = COLOURS.get(call.language, "")
        language = "" if call.language == "unknown" else line(call.language, _WORD)
        word = Text().append(f"{language:<{_WORD}}", colour)
        function = line(call.function)
        shown = function if self._verbose else shortened(function, left_out=self._cut)
        name = Text().append(shown, f"bold {colour}" if call.own else "")
        if call.inlined:
            name.append(" (inlined)", "dim")
        place = line(self._from_here(call.place))
        style = "" if call.own else "dim"
        if word.cell_len + name.cell_len + cell_len(place) + 4 <= self._width:
            yield word.append_text(name).append("  ").append(place, style), 2
            return
        first, rest = self._broken(name, word.cell_len)
        yield word.append_text(first), 2
        if rest is not None:
            yield rest, _INDENT
        if place:
            yield Text(place if self._verbose else self._shortened(place), style), _INDENT

    def _broken(self, name: Text, before: int) -> tuple[Text, Text | None]:
        """A long name in what fits behind the word of its language, and what goes on below."""
        room = self._width - 2 - before
        if name.cell_len <= room:
            return name, None
        first = set_cell_size(name.plain, room).rstrip()
        place = max(first.rfind("::") + 2, first.rfind(" ") + 1, first.rfind(".") + 1)
        # Behind a part of a path, where one ends in the last third.
        place = place if place > 2 * len(first) // 3 else len(first)
        start, rest = name.divide([place])
        return start, rest

    def _from_here(self, place: str) -> str:
        inside = self._here and place.startswith(self._here)
        return place[len(self._here) :] if inside else place

    def _shortened(self, place: str) -> str:
        """A path that does not fit without its middle: where it begins tells whose it is, its end what it is."""
        room = self._width - _INDENT
        if cell_len(place) <= room:
            return place
        keep = room - cell_len(self._cut)
        end = place[-(2 * keep // 3) :]
        # Whole names, where there are any.
        end = end[max(0, end.find("/", 0, len(end) // 2)) :]
        return f"{set_cell_size(place, max(0, keep - cell_len(end))).rstrip()}{self._cut}{_last(end, keep)}"

    def _source(self, source: Sequence[SourceLine]) -> Iterator[Text]:
        """The lines side by side with their numbers, each on one line whatever the width."""
        texts = [clean(each.text, 300).replace("\n", " ") for each in source]
        marks = [f"{'>' if each.current else ' '} {each.number:>4} | " for each in source]
        room = max(_LEAST, self._width - _INDENT - max(map(len, marks), default=0))
        if any(cell_len(each) > room for each in texts):
            texts = textwrap.dedent("\n".join(texts)).split("\n")
        for each, mark, text in zip(source, marks, texts):
            yield Text().append(mark, "dim").append(self._fitting(text, room), "" if each.current else "dim")

    def _variables(self, call: Call) -> Iterator[tuple[Text, int]]:
        shown = call.variables if self._verbose else call.variables[:VARIABLES]
        room = self._width - _INDENT - 2
        for each in shown:
            text = f"{line(each.name)} = {line(each.value, 500)}"
            yield Text(text if self._verbose else self._fitting(text, room * _LINES), "green"), _INDENT + 2
        if len(shown) < len(call.variables):
            yield Text(f"and {len(call.variables) - len(shown)} more variables (--verbose)", "dim"), _INDENT + 2

    def _fitting(self, text: str, room: int) -> str:
        if cell_len(text) <= room:
            return text
        return f"{set_cell_size(text, room - cell_len(self._cut)).rstrip()}{self._cut}"


def _last(text: str, room: int) -> str:
    """The end of a text that fits into so many columns."""
    while cell_len(text) > room:
        text = text[1:]
    return text
