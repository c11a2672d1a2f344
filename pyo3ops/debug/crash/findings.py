"""What is said of each crash: a finding with the cause, what was printed, and the next step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Iterator, Sequence

from pyo3ops.core.model import Finding, Fix, Location, Status
from pyo3ops.debug.crash.story import Kind
from pyo3ops.stacks import readers

if TYPE_CHECKING:
    from pyo3ops.debug.crash.causes import Cause
    from pyo3ops.debug.crash.crashes import Analysis, Crash
    from pyo3ops.debug.crash.story import Story

#: Lines of one crash that are quoted, and characters of each.
_QUOTED, _LINE = 8, 300
_SAFE = re.compile(r"[\w./:@+~\\][\w./:@+~\\=-]{0,199}", re.ASCII)
#: Rust's own sources, which panic about a drop that did.
_LIBRARY = re.compile(
    r"(?:^|[/\\])(?:rustc[/\\][0-9a-f]{1,40}|rustlib[/\\]src[/\\]rust)[/\\]library[/\\]|^library[/\\]"
)
#: What of a crash is quoted: the lines that say what happened.
_TELLING = re.compile(
    r"panicked at|Fatal Python error: |Traceback \(most recent call last\)|PyO3 is resuming|has overflowed its stack"
    r"|received signal|aborting\.$|memory allocation of|double free|corrupted |Timeout \(|^Exception (?:in|ignored)"
    r"|^(?:[\w.]{1,100}\.)?\w{1,100}(?:Error|Exception|Group)(?:: |$)"
)


def of_analysis(analysis: Analysis, name: str, file: str | None) -> tuple[Finding, ...]:
    """A finding for each signature, and those beside it; one alone that says so where nothing is recognised."""
    found: dict[str, list[Crash]] = {}
    for crash in analysis.crashes:
        found.setdefault(crash.signature.id, []).append(crash)
    findings = [each for crashes in found.values() for each in _of_crash(crashes, analysis, name, file)]
    return tuple(findings) or (_nothing(name),)


def _of_crash(crashes: Sequence[Crash], analysis: Analysis, name: str, file: str | None) -> Iterator[Finding]:
    first = crashes[0]
    yield Finding(
        f"crash.{first.cause.id}",
        first.cause.title,
        first.cause.status,
        f"{summary(first.story)}{_often(crashes)}. {first.cause.why}{_second(first)}",
        _evidence(first.story, analysis),
        Fix(first.cause.next, _argv(first.cause, first.story, file), mends=False),
        Location(name, first.story.lines[0] or None),
    )
    for cause in first.also:
        # What is well asks for nothing.
        fix = None if cause.status is Status.OK else Fix(cause.next, mends=False)
        yield Finding(
            f"crash.{cause.id}",
            cause.title,
            cause.status,
            cause.why,
            fix=fix,
            where=Location(name, first.story.lines[0] or None),
        )


def _second(crash: Crash) -> str:
    """Where the drop panicked, of a panic in one: that is the function to mend."""
    if crash.cause.id != "panic.in-drop":
        return ""
    places = (panic.place for panic in crash.story.panics[1:] if panic.place and not _LIBRARY.search(panic.place))
    place = next((each for each in places if each != crash.story.place), None)
    return f" The second panic was at {place}." if place else ""


def summary(story: Story) -> str:
    """The crash in a sentence without its full stop."""
    words = story.message.partition("\n")[0][:300].rstrip(".: ")
    place = f" at {story.place}" if story.place else ""
    thread = f" in thread {story.thread}" if story.thread else ""
    if story.kind is Kind.PANIC:
        return f"panicked{place}{thread}: {words}" if words else f"panicked{place}{thread}"
    if story.kind in (Kind.EXCEPTION, Kind.IMPORT):
        return f"{story.type}{place}{thread}: {words}" if words else f"{story.type}{place}{thread}"
    if story.kind is Kind.HANG:
        return f"not ended{place}" + (f" after {words}" if words else "")
    named = story.type if story.type and story.type not in words else ""
    return f"{': '.join(filter(None, (named, words)))}{place}{thread}"


def _often(crashes: Sequence[Crash]) -> str:
    count = len(crashes)
    if count > 1:
        lines = ", ".join(str(crash.story.lines[0]) for crash in crashes[:6])
        return f" ({count} times, from lines {lines})"
    printed = crashes[0].story.times
    return f" (printed {printed} times)" if printed > 1 else ""


def _evidence(story: Story, analysis: Analysis) -> tuple[str, ...]:
    """The lines that say it, with their numbers in what was pasted."""
    first, last = story.lines
    lines = [(line.number, line.text) for line in analysis.cleaned.lines if first <= line.number <= last and line.text]
    heads = {panic.line for panic in story.panics}
    wanted = [
        f"{number}: {text.strip()[:_LINE]}"
        for index, (number, text) in enumerate(lines)
        if _TELLING.search(text[:2000]) or (index and lines[index - 1][0] in heads)
    ]
    told = list(dict.fromkeys(wanted or [f"{number}: {text.strip()[:_LINE]}" for number, text in lines]))
    half = _QUOTED // 2
    return tuple(told if len(told) <= _QUOTED else [*told[:half], *told[-half:]])


def _argv(cause: Cause, story: Story, file: str | None) -> tuple[str, ...] | None:
    """The command, with the log's and the program's name in it where they are known and harmless."""
    if not cause.command:
        return None
    module = next((frame.file for frame in reversed(story.frames) if frame.function == "<module>" and frame.file), None)
    words = {"LOG": file, "SCRIPT": module}
    filled = tuple(words.get(word) or word for word in cause.command)
    return filled if all(_SAFE.fullmatch(word) or word.startswith("-") for word in filled) else cause.command


def _nothing(name: str) -> Finding:
    known = tuple(each.reads for each in readers.FORMATS if each.pasted)
    return Finding(
        "crash.unrecognised",
        "a crash is recognised",
        Status.UNKNOWN,
        "nothing in this text is a crash or a stack",
        ("what would be:", *known),
        Fix(
            "give the whole output, with stderr; for errors of building, installing and importing:",
            ("pyo3ops", "why", "-"),
            mends=False,
        ),
        Location(name),
    )
