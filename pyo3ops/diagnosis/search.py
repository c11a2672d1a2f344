"""Finding known causes in a log, whatever its size, and putting them in the order of what to do first."""

from __future__ import annotations

import bisect
import itertools
import re
import string
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyo3ops.diagnosis.causes import Rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pyo3ops.diagnosis.causes import Cause, Needle
    from pyo3ops.diagnosis.log import Line

#: Lines that are searched together, and how many of them again with the next: messages go over several lines.
BATCH, OVERLAP = 2000, 30
#: Lines of one message that are shown, and lines that look like an error.
SHOWN, SUSPECTS = 6, 12
#: Places of one cause that are counted.
PLACES = 10_000

_SMALL = {ord(letter): letter.lower() for letter in string.ascii_uppercase}
_SUSPECT = re.compile(
    r"\b(?:\w*error|fatal|failed|failure|\w*exception|panicked|cannot|could ?n[o't]t|unable to|not found|undefined"
    r"|denied|traceback|no such|unsupported|aborted|segmentation fault)\b",
    re.IGNORECASE,
)
# What tools print when all is well: names of crates, of tests and of flags that have such a word in them.
_HARMLESS = re.compile(
    r"^(?:\d+ \||warning: |Compiling|Checking|Downloaded|Downloading|Running|Fresh|Adding|Locking|Collecting"
    r"|Requirement|Using cached|Installing|test |PASSED|SKIPPED|XFAIL|\d+ passed|DEBUG|TRACE|INFO)"
    r"|\b0 (?:failed|errors?|failures?)\b|\b(?:PASSED|SKIPPED|XFAIL)\b|\bok$|\|$|-W?error\b"
)


@dataclass(frozen=True)
class Match:
    """A cause in a log: where it was seen first, those lines, what the pattern's groups caught, how often in all."""

    cause: Cause
    first: int
    last: int
    evidence: tuple[str, ...]
    groups: Mapping[str, str]
    count: int = 1


@dataclass(frozen=True)
class Diagnosis:
    """What was found, root causes first; `suspects` are other lines that look like an error, with their numbers."""

    matches: tuple[Match, ...]
    suspects: tuple[tuple[int, str], ...]
    lines: int


@dataclass
class _Found:
    """What the search has seen so far of one cause."""

    match: Match
    places: set[int] = field(default_factory=set)


def diagnose(lines: Iterable[Line], causes: Sequence[Cause]) -> Diagnosis:
    """Search a log once, line after line; memory does not grow with it."""
    found: dict[str, _Found] = {}
    early: list[tuple[int, str]] = []
    late: deque[tuple[int, str]] = deque(maxlen=SUSPECTS)
    number = 0
    for batch, new in _batches(lines):
        for match in _matches(batch, causes):
            _note(found, match)
        for line in new:
            number = line.number
            if _SUSPECT.search(line.text) and not _HARMLESS.search(line.text):
                (early if len(early) < SUSPECTS // 2 else late).append((number, line.shown.strip()))
    told = ordered([_counted(each) for each in found.values()])
    inside = {line for match in told for line in range(match.first, match.last + 1)}
    suspects = tuple(each for each in (*early, *late) if each[0] not in inside)
    return Diagnosis(told, suspects[:SUSPECTS], number)


def ordered(matches: Sequence[Match]) -> tuple[Match, ...]:
    """Those worth telling: causes in the order of the log, then what is general; consequences only where alone."""
    ids = {match.cause.id for match in matches}
    explained = {each for match in matches for each in match.cause.explains} & ids
    left = [match for match in matches if match.cause.id not in explained] or list(matches)
    causes = [match for match in left if match.cause.rank is Rank.CAUSE]
    general = [match for match in left if match.cause.rank is Rank.GENERAL and not _beside(match, causes)]
    told = causes + general or left
    return tuple(sorted(told, key=lambda match: (match.cause.rank, match.cause.status.look.weight < 4, match.first)))  # noqa: PLR2004 - below a failure


def _beside(match: Match, others: Iterable[Match]) -> bool:
    return any(other.first <= match.last and match.first <= other.last for other in others)


def _batches(lines: Iterable[Line]) -> Iterator[tuple[list[Line], list[Line]]]:
    """Batches with the end of the one before, and what is new in each."""
    before: list[Line] = []
    source = iter(lines)
    while True:
        new = list(itertools.islice(source, BATCH))
        if not new:
            return
        yield before + new, new
        before = new[-OVERLAP:]


def _matches(batch: Sequence[Line], causes: Iterable[Cause]) -> Iterator[Match]:
    text = "\n".join(line.text for line in batch)
    small = text.lower().replace("\n", " ")
    # Capitals that become two letters when they are small would shift every place behind them.
    small = small if len(small) == len(text) else text.translate(_SMALL).replace("\n", " ")
    starts = list(itertools.accumulate((len(line.text) + 1 for line in batch[:-1]), initial=0))
    for cause in causes:
        for needle in cause.needles:
            for begin, end in _windows(small, needle):
                for hit in needle.pattern().finditer(text, begin, end):
                    first = bisect.bisect_right(starts, hit.start()) - 1
                    last = bisect.bisect_right(starts, max(hit.start(), hit.end() - 1)) - 1
                    evidence = tuple(line.shown.strip() for line in batch[first : min(last + 1, first + SHOWN)])
                    groups = {name: value for name, value in hit.groupdict().items() if value}
                    yield Match(cause, batch[first].number, batch[last].number, evidence, groups)


def _windows(small: str, needle: Needle) -> Iterator[tuple[int, int]]:
    """The parts of a text in which the pattern may fit: around each place where its words are."""
    begin = end = -1
    place = small.find(needle.words)
    while place >= 0:
        if place - needle.reach > end:
            if end >= 0:
                yield begin, end
            begin = max(0, place - needle.reach)
        end = place + needle.reach
        place = small.find(needle.words, place + 1)
    if end >= 0:
        yield begin, min(end, len(small))


def _note(found: dict[str, _Found], match: Match) -> None:
    known = found.setdefault(match.cause.id, _Found(match))
    if len(known.places) < PLACES:
        known.places.add(match.first)
    # The message that says most of its place is the one to show.
    if (match.first, -len(match.groups)) < (known.match.first, -len(known.match.groups)):
        known.match = match


def _counted(found: _Found) -> Match:
    match = found.match
    return Match(match.cause, match.first, match.last, match.evidence, match.groups, len(found.places))
