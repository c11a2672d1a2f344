"""What stands in front of every line: stamps of runners, names of containers and pods, heads of system logs, quotes.

A prefix goes only where enough lines around have one of its kind. Lines of several programs that were mixed are sorted
by what their prefixes call them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple, Pattern, Sequence

#: Kinds of prefix that may stand behind each other.
_LAYERS = 5
#: Lines around one that are counted, and the part of them that must have the prefix, too.
_AROUND, _PART = 12, 0.5
#: Programs whose lines are told apart.
_LABELS = 200

_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
_HOST = r"[\w.:-]{1,80} [\w./@-]{1,80}(?:\[\d{1,9}\])?: ?"


@dataclass(frozen=True)
class Kind:
    """One kind of prefix; the group `who` is what tells programs apart."""

    name: str
    pattern: Pattern[str]


def _kind(name: str, pattern: str) -> Kind:
    return Kind(name, re.compile(pattern))


#: Asked in this order: what says more first.
KINDS = (
    _kind("job and step", r"(?P<who>[^\t]{1,100}\t[^\t]{1,100})\t"),
    _kind("pod", r"\[?(?P<who>pod/[\w./-]{1,200})\]? ?"),
    _kind("container", r"(?P<who>(?=[\d.-]{0,40}[a-zA-Z])[\w.-]{1,80}?) {1,40}\|(?: |$)"),
    _kind("worker", r"\[(?P<who>gw\d{1,4})\] (?!\[|linux|darwin|win)"),
    _kind("container's stamp", rf"{_ISO} (?:stdout|stderr) [FP](?: |$)"),
    _kind("GitLab's stamp", rf"{_ISO} [0-9a-f]{{2}}[OE](?:\+| |$)"),
    _kind("system log", rf"(?:<\d{{1,3}}>)?(?:1 )?{_ISO} (?P<who>{_HOST})"),
    _kind(
        "syslog",
        rf"<\d{{1,3}}>1 {_ISO} (?P<who>\S{{1,80}} \S{{1,80}} \S{{1,40}}) \S{{1,80}} (?:-|\[[^\]]{{0,300}}\]) ?",
    ),
    _kind("journal", rf"[A-Z][a-z]{{2}} [ \d]\d {_CLOCK} (?P<who>{_HOST})"),
    _kind("stamp", rf"[A-Z][a-z]{{2}} [ \d]\d {_CLOCK}(?: |$)"),
    _kind("build step", r"#\d{1,4} \d{1,6}\.\d{1,3}(?: |$)"),
    _kind("stamp", rf"\[{_ISO}\](?: |$)|{_ISO}(?: |$)"),
    _kind("stamp", rf"\[ {{0,8}}(?:{_CLOCK}|\d{{1,9}}\.\d{{1,9}})\](?: |$)|{_CLOCK}(?: |$)"),
    _kind("task of ansible or fabric", r"\[(?P<who>[\w.@-]{1,80})\] (?:out: |err: )"),
    _kind("quote", r"(?:[>|\u2502\u2503] ?){1,6}"),
)

#: What programs write that can crash; in front of it stands what is in front of every line.
_HEADS = re.compile(
    r"Traceback \(most recent call last\):|thread '[^']{0,200}' (?:\(\d{1,19}\) )?panicked at |Fatal Python error: "
    r"|Current thread 0x[0-9a-f]{1,16} \(|Stack \(most recent|stack backtrace:$|Process \d{1,9}: \S|#0  "
)
#: Characters of such a front, and lines behind that must have it.
_FRONT, _BEHIND = 160, 3


class Removed(NamedTuple):
    """A kind of prefix, and from how many lines it was taken."""

    kind: str
    lines: int


class Row(NamedTuple):
    """A line by its index in what was given (-1 for none), without its prefixes."""

    at: int
    text: str


def without(texts: Sequence[str]) -> tuple[list[Row], tuple[Removed, ...]]:
    """The lines without prefixes, those of each program together."""
    rows = [Row(index, text) for index, text in enumerate(texts)]
    removed: list[Removed] = []
    for _ in range(_LAYERS):
        step = _one_kind(rows) or _any_front(rows)
        if step is None:
            break
        rows, name, count = step
        removed.append(Removed(name, count))
    return rows, tuple(removed)


def _one_kind(rows: Sequence[Row]) -> tuple[list[Row], str, int] | None:
    """The rows without the first kind of prefix that is common."""
    telling = [index for index, row in enumerate(rows) if row.text.strip()]
    for kind in KINDS:
        matches = [kind.pattern.match(row.text) for row in rows]
        if not any(matches):
            continue
        common = _common(telling, [match is not None for match in matches])
        count = sum(common)
        if count:
            bare = [
                Row(row.at, row.text[match.end() :]) if match and ours else row
                for row, match, ours in zip(rows, matches, common)
            ]
            named = "who" in kind.pattern.groupindex
            who = [match["who"] if named and match and ours else "" for match, ours in zip(matches, common)]
            return _sorted(bare, who), kind.name, count
    return None


def _common(telling: Sequence[int], fits: Sequence[bool]) -> list[bool]:
    """Which lines have it together with enough of the telling lines around them: those that are not empty."""
    counts = [0]
    for index in telling:
        counts.append(counts[-1] + fits[index])
    common = [False] * len(fits)
    if counts[-1] < min(_BEHIND, len(telling)) or not counts[-1]:
        return common
    for place, index in enumerate(telling):
        if fits[index]:
            first, last = max(0, place - _AROUND), min(len(telling), place + _AROUND + 1)
            common[index] = counts[last] - counts[first] >= max(2, _PART * (last - first))
    return common


def _sorted(rows: list[Row], who: Sequence[str]) -> list[Row]:
    """The rows of each program together, in the order in which they first speak, a blank line between them."""
    names = list(dict.fromkeys(name for name in who if name))
    if len(names) < 2 or len(names) > _LABELS:  # noqa: PLR2004 - one program is in order
        return rows
    found: list[Row] = []
    for name in (*names, ""):
        part = [row for row, each in zip(rows, who) if each == name]
        found += [*part, Row(-1, "")] if part else []
    return found


def _any_front(rows: Sequence[Row]) -> tuple[list[Row], str, int] | None:
    """The rows without a front that no kind describes, where what crashes tells how long it is."""
    for index, row in enumerate(rows):
        match = _HEADS.search(row.text[: _FRONT + 100])
        front = row.text[: match.start()] if match else ""
        if not front.strip(" |+") or len(front) > _FRONT or front.rstrip().endswith(("'", '"', "`", "Exception Group")):
            continue
        pattern = _shape(front)
        behind = [each for each in rows[index + 1 : index + 12] if each.text.strip()]
        if len([each for each in behind if pattern.match(each.text)]) >= min(_BEHIND, max(1, len(behind))):
            fits = [pattern.match(each.text) for each in rows]
            telling = [at for at, each in enumerate(rows) if each.text.strip()]
            common = _common(telling, [each is not None for each in fits])
            bare = [
                Row(each.at, each.text[fit.end() :]) if fit and ours else each
                for each, fit, ours in zip(rows, fits, common)
            ]
            if any(common):
                return bare, f"front like {front.strip()[:60]!r}", sum(common)
    return None


def _shape(front: str) -> Pattern[str]:
    """The pattern of a front: its words as they are, any numbers for its numbers, its last spaces if there are any."""
    parts = re.findall(r"\d{1,40}|[^\d\s]{1,200}|\s{1,200}", front.rstrip())
    words = [r"\d{1,40}" if part.isdigit() else r"\s{1,40}" if part.isspace() else re.escape(part) for part in parts]
    spaces = len(front) - len(front.rstrip())
    return re.compile("".join(words) + (rf"(?:\s{{{spaces}}}|$)" if spaces else ""))
