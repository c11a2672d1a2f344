"""Stacks for a person at a terminal: one line a call, coloured by language, with the lines of source it stands at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from rich.text import Text

from pyo3ops.render.clean import clean, line

if TYPE_CHECKING:
    from pyo3ops.core.model import Call, SourceLine, Trace

#: A colour for each language: which side of the boundary a call is on is what the eye looks for first.
COLOURS = {"python": "cyan", "rust": "yellow", "c": "bright_black", "kernel": "bright_black"}
#: Characters of the word in front of a call.
_WORD = 7
#: Variables of one call that are shown unless everything is asked for.
VARIABLES = 12


def lines(trace: Trace, width: int, *, verbose: bool) -> Iterator[tuple[Text, int]]:
    """The lines of a stack, each with its indent; a place that does not fit into `width` columns has its own line."""
    head = Text().append(line(trace.title), "bold")
    notes = [each for each in clean(trace.note).split("\n") if each]
    if notes:
        head.append(f"  {notes[0]}", "dim")
    yield head, 0
    yield from ((Text(each, "dim"), 2) for each in notes[1:])
    first = next((number for number, each in enumerate(trace.calls) if each.own), None)
    for number, call in enumerate(trace.calls):
        yield from _call(call, width, everything=verbose or number == first, verbose=verbose)
    if trace.hidden:
        plural = "frame" if trace.hidden == 1 else "frames"
        yield Text(f"{trace.hidden} {plural} of the interpreter, PyO3 and libraries hidden (--all-frames)", "dim"), 2


def _call(call: Call, width: int, *, everything: bool, verbose: bool) -> Iterator[tuple[Text, int]]:
    if call.gap:
        yield Text(f"... {line(call.gap)} ...", "magenta"), 2
        return
    colour = COLOURS.get(call.language, "")
    word = "" if call.language == "unknown" else line(call.language, _WORD)
    text = Text().append(f"{word:<{_WORD}}", colour).append(line(call.function), f"bold {colour}" if call.own else "")
    if call.inlined:
        text.append(" (inlined)", "dim")
    place = Text(line(call.place), "" if call.own else "dim")
    if text.cell_len + place.cell_len + 4 <= width:
        yield text.append("  ").append_text(place), 2
    else:
        yield text, 2
        yield place, 2 + _WORD
    for each in call.source:
        if everything or each.current:
            yield _source(each), 2 + _WORD
    shown = call.variables if verbose else call.variables[:VARIABLES]
    yield from ((Text(f"{line(each.name)} = {line(each.value, 500)}", "green"), 4 + _WORD) for each in shown)
    if len(shown) < len(call.variables):
        yield Text(f"and {len(call.variables) - len(shown)} more variables (--verbose)", "dim"), 4 + _WORD


def _source(source: SourceLine) -> Text:
    mark = ">" if source.current else " "
    text = Text().append(f"{mark} {source.number:>4} | ", "dim")
    return text.append(clean(source.text, 300).replace("\n", " "), "" if source.current else "dim")
