"""Entries put into the section of what is not released yet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyo3ops.release.headings import Heading
from pyo3ops.release.notes import Log, open_heading, read_log

if TYPE_CHECKING:
    from collections.abc import Sequence

_LABEL = re.compile(r"\.\. _[^:\n]+:|<a .*</a>")
#: What a change log begins with where there was none.
NEW = """\
# Changelog

Notable changes, in the form of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).

## [Unreleased]
"""


def put(text: str, entries: str) -> str:
    """The change log with entries (Markdown, as of `draft.draft`) in its open section, which is made if need be.

    An entry goes to the end of the group that it is for; groups, bullets and line ends are the file's own.
    """
    for group, rows in _groups(entries):
        if _open(text) is None:
            text = _opened(text)
        text = _put(text, group, rows)
    return text


def _open(text: str) -> Heading | None:
    return open_heading(read_log(text))


def _groups(entries: str) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = [("", [])]
    for line in entries.splitlines():
        if line.startswith("### "):
            found.append((line[4:].strip(), []))
        elif line.strip():
            found[-1][1].append(line)
    return [(group, rows) for group, rows in found if rows]


def _opened(text: str) -> str:
    """The log with an empty open section above its newest release, or at its end."""
    log = read_log(text if text.strip() else NEW)
    if not text.strip():
        return "".join(log.lines)
    newline = log.newline
    if not log.releases:
        end = "" if text.endswith("\n") else newline
        title = next(iter(log.every), None)
        like = re.search(r"^\.\. \w", text, re.MULTILINE) or (title and title.end - title.start > 1)
        lines = Heading("", 2, 0, 2, "-").written("Unreleased", newline) if like else [f"## [Unreleased]{newline}"]
        return f"{text}{end}{newline}{''.join(lines)}"
    newest = log.releases[0]
    alone = re.match(r"\[[^\]]+\](?!\()", newest.text) is not None
    start = _labelled(log.lines, newest.start)
    lines = newest.written("[Unreleased]" if alone else "Unreleased", newline)
    return "".join([*log.lines[:start], *lines, newline, *log.lines[start:]])


def _labelled(lines: Sequence[str], start: int) -> int:
    """Where a heading begins, with the labels and anchors above it, which are its own."""
    above = start
    while above and (not lines[above - 1].strip() or _LABEL.fullmatch(lines[above - 1].strip())):
        above -= 1
        if lines[above].strip():
            start = above
    return start


def _put(text: str, group: str, rows: Sequence[str]) -> str:
    log = read_log(text)
    heading = open_heading(log)
    if heading is None:
        raise ValueError("there is no open section to put entries into")
    inner = next((each for each in log.every if each.level > heading.level), None)
    mark = inner.mark if inner else "#" * (heading.level + 1) if heading.mark.startswith("#") else ""
    own = [each for each in log.every if heading.start < each.start < log.end(heading)]
    same = next((each for each in own if group and each.text.strip(" :").lower() == group.lower()), None)
    bullet = _bullet(log)
    lines = [bullet + row[1:] + log.newline for row in rows]
    if same:
        return _insert(log, same, lines)
    if group and mark:
        depth = 1 if mark.startswith("#") else 2 + (len(mark) > 1)
        title = Heading("", heading.level + 1, 0, depth, mark).written(group, log.newline)
        lines = [log.newline, *title, log.newline, *lines]
        return _insert(log, heading, lines)
    if own and not group:
        # Entries of no group stand before the first one.
        return "".join([*log.lines[: heading.end], log.newline, *lines, *log.lines[heading.end :]])
    return _insert(log, heading, lines)


def _insert(log: Log, heading: Heading, lines: Sequence[str]) -> str:
    """Put lines at the end of a section, one blank line below its heading where nothing else is in it."""
    end = log.end(heading)
    before = log.lines[:end]
    if before and not before[-1].endswith("\n"):
        before[-1] += log.newline
    blank = [log.newline] if end == heading.end and lines[0].strip() else []
    behind = log.lines[end:]
    gap = [log.newline] if behind and behind[0].strip() else []
    return "".join([*before, *blank, *lines, *gap, *behind])


def _bullet(log: Log) -> str:
    """The sign that most lists of the file begin with."""
    signs = [line[0] for line in log.lines if re.match(r"[-*+] \S", line)]
    return max(sorted(set(signs), reverse=True), key=signs.count) if signs else "-"
