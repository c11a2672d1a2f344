"""Stacks as plain lines, for the formats that have neither colours nor columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.render.clean import line

if TYPE_CHECKING:
    from pyo3ops.core.model import Call, Trace


def lines(trace: Trace) -> Iterator[str]:
    """The calls of a stack, the line of source that each stands at, and its variables; at least one line."""
    for call in trace.calls:
        yield from _call(call)
    if trace.hidden:
        yield f"{trace.hidden} frames hidden"
    elif not trace.calls:
        yield "no frames"


def _call(call: Call) -> Iterator[str]:
    if call.gap:
        yield f"... {line(call.gap)} ..."
        return
    word = "" if call.language == "unknown" else line(call.language)
    inlined = " (inlined)" if call.inlined else ""
    yield f"{word:<7}{line(call.function)}{inlined}  {line(call.place)}".rstrip()
    yield from (f"       > {each.number:>4} | {line(each.text)}" for each in call.source if each.current)
    yield from (f"           {line(each.name)} = {line(each.value)}" for each in call.variables)
