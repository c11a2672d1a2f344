"""A flame graph as one HTML page: static SVG, readable without script, with search and zoom where script runs.

Widths are samples, depth is the stack, colours are layers; order says nothing (Brendan Gregg, "The Flame Graph",
Communications of the ACM 59.6, 2016).
"""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from pyo3ops.profiling.layers import Layer

if TYPE_CHECKING:
    from pyo3ops.profiling.folding import Call, Profile

#: Units of the drawing: its width, a frame's height, the narrowest frame, what a letter takes.
WIDTH = 1200.0
HEIGHT = 18
NARROWEST = 0.4
LETTER = 6.6

#: One word a layer, which the style sheet gives a colour.
CLASSES = {
    Layer.PYTHON: "python",
    Layer.GLUE: "glue",
    Layer.CRATE: "crate",
    Layer.DEPENDENCY: "dependency",
    Layer.STD: "std",
    Layer.NATIVE: "native",
    Layer.KERNEL: "kernel",
    Layer.UNCLASSIFIED: "unclassified",
}
_DATA = Path(__file__).parents[1] / "data"


@dataclass
class _Node:
    """One call in one place of the tree, with the samples below it."""

    count: int = 0
    children: dict[Call, _Node] = field(default_factory=dict)


@dataclass(frozen=True)
class _Box:
    """One call as it is drawn."""

    call: Call
    x: float
    width: float
    depth: int
    count: int


def render(profile: Profile, title: str, subtitle: str) -> str:
    """The page; frames narrower than `NARROWEST` are left out, and their number is told."""
    root = _tree(profile)
    boxes = list(_boxes(root, 0.0, WIDTH / max(root.count, 1), 0))
    drawn = [box for box in boxes if box.width >= NARROWEST]
    depth = max((box.depth for box in drawn), default=0) + 1
    total = max(profile.samples, 1)
    svg = "".join(_drawn(box, depth, total) for box in drawn)
    left_out = len(boxes) - len(drawn)
    return _PAGE.format(
        title=html.escape(title),
        subtitle=html.escape(subtitle),
        style=(_DATA / "flame_graph.css").read_text(encoding="utf-8"),
        script=(_DATA / "flame_graph.js").read_text(encoding="utf-8"),
        legend="".join(_legend(profile)),
        width=int(WIDTH),
        height=depth * HEIGHT,
        svg=svg,
        left_out=f"{left_out} calls are too narrow to be drawn." if left_out else "",
    )


def _tree(profile: Profile) -> _Node:
    root = _Node()
    for stack, count in profile.stacks.items():
        root.count += count
        node = root
        for call in stack:
            node = node.children.setdefault(call, _Node())
            node.count += count
    return root


def _boxes(root: _Node, x: float, scale: float, depth: int) -> Iterator[_Box]:
    # Not by recursion: stacks may be deeper than Python's own.
    waiting = [(root, x, depth)]
    while waiting:
        node, left, level = waiting.pop()
        for call in sorted(node.children, key=lambda each: each.name):
            child = node.children[call]
            yield _Box(call, left, child.count * scale, level, child.count)
            waiting.append((child, left, level + 1))
            left += child.count * scale


def _drawn(box: _Box, depth: int, total: int) -> str:
    y = (depth - 1 - box.depth) * HEIGHT
    name = html.escape(box.call.name)
    letters = int((box.width - 4) / LETTER)
    text = _fitting(box.call.name, letters)
    # Three letters and an ellipsis are the least that tells anything.
    label = f'<text x="{box.x + 3:.1f}" y="{y + 13}">{html.escape(text)}</text>' if letters > 3 else ""  # noqa: PLR2004
    return (
        f'<g class="{CLASSES[box.call.layer]}"><title>{name}: {box.count} samples, {box.count / total:.1%}, '
        f"{html.escape(box.call.layer.value)}</title>"
        f'<rect x="{box.x:.2f}" y="{y}" width="{box.width:.2f}" height="{HEIGHT - 1}"/>{label}</g>\n'
    )


def _fitting(name: str, letters: int) -> str:
    """A name in so many letters: without the path of its module where that helps, cut where it does not."""
    short = name if len(name) <= letters else name.rpartition("::")[2]
    return short if len(short) <= letters else short[: max(letters - 1, 0)] + "…"


def _legend(profile: Profile) -> Iterator[str]:
    total = max(profile.samples, 1)
    for layer, count in profile.own.most_common():
        yield f'<li class="{CLASSES[layer]}"><i></i>{html.escape(layer.value)} {count / total:.1%}</li>'


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{title}</title><style>{style}</style></head>
<body><header><h1>{title}</h1><p>{subtitle}</p><ul class="legend">{legend}</ul>
<p class="tools"><label>find <input type="search" id="find" size="30"></label> <button id="reset">whole</button>
<output id="found"></output></p></header>
<svg viewBox="0 0 {width} {height}" role="img" aria-label="{title}">
{svg}</svg>
<p>{left_out}</p><script>{script}</script></body></html>
"""
