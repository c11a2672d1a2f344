"""Stacks on the HTML page: a list a thread, one row a call, its language a colour and a word."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Iterator

from pyo3ops.render.clean import clean, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.core.model import Call, SourceLine, Trace

#: Stacks that are not folded.
OPEN = 2
#: What has a colour in the style sheet.
_LANGUAGES = frozenset({"python", "rust", "c", "kernel"})


def section(traces: Sequence[Trace]) -> Iterator[str]:
    """The part of the page with the stacks; nothing without any."""
    if not traces:
        return
    yield '<section aria-labelledby="stacks">\n<h2 id="stacks">Stacks <small>most recent call first</small></h2>'
    for number, trace in enumerate(traces):
        yield f'<details class="stack"{" open" if number < OPEN else ""}><summary>{_line(trace.title)}</summary>'
        if trace.note:
            yield f'<p class="soft">{escape(clean(trace.note))}</p>'
        yield '<ol class="calls">'
        yield from (_call(each) for each in trace.calls)
        yield "</ol>"
        if trace.hidden:
            plural = "frame" if trace.hidden == 1 else "frames"
            yield f'<p class="soft">{trace.hidden} {plural} of the interpreter, PyO3 and libraries left out</p>'
        yield "</details>"
    yield "</section>"


def _line(text: str) -> str:
    return escape(line(text))


def _call(call: Call) -> str:
    if call.gap:
        return f'<li class="gap">{_line(call.gap)}</li>'
    language = call.language if call.language in _LANGUAGES else "other"
    word = "" if language == "other" else language
    inlined = ' <span class="soft">inlined</span>' if call.inlined else ""
    own = " own" if call.own else ""
    head = f'<span class="language">{word}</span><code>{_line(call.function)}</code>{inlined}'
    place = f' <span class="soft">{_line(call.place)}</span>' if call.place else ""
    return f'<li class="{language}{own}">{head}{place}{_source(call.source)}{_variables(call)}</li>'


def _source(lines: Sequence[SourceLine]) -> str:
    if not lines:
        return ""
    return f"<pre>{chr(10).join(map(_source_line, lines))}</pre>"


def _source_line(source: SourceLine) -> str:
    text = f"{source.number:>4}  {_line(source.text)}"
    return f"<mark>{text}</mark>" if source.current else text


def _variables(call: Call) -> str:
    if not call.variables:
        return ""
    rows = "".join(f"<dt>{_line(each.name)}</dt><dd>{_line(each.value)}</dd>" for each in call.variables)
    return f"<dl>{rows}</dl>"
