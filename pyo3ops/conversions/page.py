"""The conversion reference as one HTML page: no request, readable without script, searchable with it."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from pyo3ops.conversions.reference import HEADINGS, TITLE, entries, introduction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.conversions.reference import Entry
    from pyo3ops.conversions.rows import Row, Rows
    from pyo3ops.conversions.survey import Survey

_DATA = Path(__file__).parents[1] / "data"


def html(survey: Survey, every: Rows, chosen: Sequence[Row]) -> str:
    """The page: one file that a browser opens without asking for another."""
    style, script = ((_DATA / f"conversions.{ending}").read_text(encoding="utf-8") for ending in ("css", "js"))
    return "\n".join(_page(survey, entries(survey, every, chosen), style, script)) + "\n"


def _page(survey: Survey, found: Sequence[Entry], style: str, script: str) -> Iterator[str]:
    style_hash, script_hash = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)
    )
    policy = (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; script-src 'sha256-{script_hash}'; base-uri 'none'; "
        "form-action 'none'"
    )
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f'<meta name="color-scheme" content="light dark">\n<title>{TITLE}</title>\n<style>{style}</style>\n</head>'
    yield f"<body>\n<header>\n<h1>{TITLE}</h1>"
    first, *others = introduction(survey)
    yield f'<p>{_marked(first)}</p>\n<details class="about"><summary>How to read it</summary>'
    yield from (f"<p>{_marked(paragraph)}</p>" for paragraph in others)
    yield "</details>"
    yield '<form role="search" hidden><input type="search" aria-label="Search" autocomplete="off" '
    yield 'placeholder="Vec&lt;u8&gt;, datetime, OverflowError"><output aria-live="polite"></output></form>'
    yield "</header>\n<main>"
    for category in dict.fromkeys(entry.category for entry in found):
        yield f'<section id="{category}">\n<h2>{escape(HEADINGS.get(category, category))}</h2>'
        for entry in found:
            if entry.category == category:
                yield from _entry(entry)
        yield "</section>"
    yield f"</main>\n<script>{script}</script>\n</body>\n</html>"


def _entry(entry: Entry) -> Iterator[str]:
    yield f'<details class="row" id="{entry.anchor}">\n<summary><code>{escape(entry.label)}</code>'
    yield f'<span class="takes">{escape(entry.takes)}</span>'
    if entry.data:
        yield f'<span class="data {entry.data}">{entry.data}</span>'
    if entry.unlike:
        yield '<span class="data unlike">differs</span>'
    if entry.costs:
        cost = entry.costs[0]
        each = f", {cost.element} an element" if cost.element else ""
        yield f'<span class="cost">{cost.taken.partition(" ")[0]} ns{each}</span>'
    yield f"</summary>\n<pre>{escape(entry.signature)}\n{escape(entry.call)}</pre>\n<dl>"
    facts = [("needs", _marked(entry.needs)), ("heap", escape(entry.heap)), ("cheaper", _marked(entry.cheaper))]
    yield from (f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts if value)
    for cost in entry.costs:
        each = f"; an element of many {cost.element}" if cost.element else ""
        yield f"<dt>{escape(cost.who)}</dt><dd>in {cost.taken} ns; out {cost.back} ns{each}</dd>"
    yield "</dl>"
    yield from _table("Refuses", ("raises", "message", "for"), entry.refused)
    yield from _table("At the edges", ("argument", "outcome", ""), entry.edges)
    yield from _table("Not alike everywhere", ("argument", "outcome"), entry.unlike)
    yield "</details>"


def _table(title: str, heads: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[str]:
    if not lines:
        return
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    yield f'<div class="scroll"><table><caption>{title}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>'
    for line in lines:
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>"
    yield "</tbody></table></div>"


def _marked(text: str) -> str:
    """The little Markdown that rows and the introduction use."""
    text = escape(text)
    for pattern, tag in ((r"`([^`]+)`", "code"), (r"\*\*([^*]+)\*\*", "b"), (r"\*([^*]+)\*", "i")):
        text = re.sub(pattern, rf"<{tag}>\1</{tag}>", text)
    return text
