"""Versions in Cargo's spelling, Python's, git's and a change log's, as one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packaging.version import Version

_NUMBER = r"(\d+(?:\.\d+)+(?:[-.]?(?:alpha|beta|dev|post|rc|a|b)[-.]?\d*)*)"
#: What stands before the version in a heading, and what may stand behind it: a link, a date, a name.
_RELEASE = re.compile(
    rf"(?:[\w.-]+\s+)?(?:version\s+|release\s+)?\[?v?{_NUMBER}\]?(?:\([^)]*\))?(?:\s*[-\u2013\u2014:(|,/].*|\s+\d{{4}}.*)?",
    re.IGNORECASE,
)
_OPEN = re.compile(r"\b(?:unreleased|upcoming|next|development|in progress|main|master|head|tbd|dev)\b", re.IGNORECASE)
#: From here on the first number of a version is a year.
_CALENDAR = 1900


def compare(one: str, other: str) -> int | None:
    """-1, 0 or 1 as the first version is older, the same or newer; None where the two cannot be compared.

    Cargo's 1.0.0-rc.1 is one of the spellings of 1.0.0rc1 (PEP 440, "Normalization").
    """
    first, second = _version(one), _version(other)
    # A calendar beside plain numbers counts something else.
    if first is None or second is None or (first.major >= _CALENDAR) != (second.major >= _CALENDAR):
        return None
    return (first > second) - (first < second)


def is_development(version: str) -> bool:
    """True for a pre-release or a version between releases, and for what is no version."""
    read = _version(version)
    return read is None or read.is_prerelease


def newest_tag(tags: Iterable[str], names: Iterable[str], *, top: bool) -> tuple[str, str] | None:
    """The newest release among a repository's tags, and its version.

    Tags that carry one of `names` before the version are this project's; those with none are, where it is the
    repository's root and no other project in there has tags of its own.
    """
    groups: dict[str, list[tuple[Version, str]]] = {}
    for tag in tags:
        match = re.fullmatch(rf"(?:(.*?)[-_/@]?)?[-_/@v]?v?{_NUMBER}", tag)
        version = _version(match[2]) if match else None
        if match and version:
            groups.setdefault(_plain(match[1] or ""), []).append((version, tag))
    own = {_plain(name) for name in names} | {"py", "python"}
    chosen = [row for prefix, rows in groups.items() if prefix in own for row in rows]
    if not chosen and top and set(groups) <= {"", "v", "release"}:
        chosen = [row for rows in groups.values() for row in rows]
    if not chosen:
        return None
    version, tag = max(chosen)
    return tag, str(version)


def released_in(text: str) -> tuple[tuple[str, int] | None, bool]:
    """The newest release that a change log names, with its line, and whether a section for the next one is open."""
    pending = False
    for number, heading in _headings(text):
        match = _RELEASE.fullmatch(heading)
        if _OPEN.search(heading):
            pending = True
        elif match:
            return (match[1], number), pending
    return None, pending


def release_in(heading: str) -> tuple[str, int, int] | None:
    """The version that a heading of a change log is of, and where in it that stands; None for any other heading."""
    match = _RELEASE.fullmatch(heading)
    return (match[1], *match.span(1)) if match else None


def is_open(heading: str) -> bool:
    """True for the heading of what is not released yet."""
    return _OPEN.search(heading) is not None


def _version(text: str) -> Version | None:
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - costs what start-up cannot pay

    try:
        return Version(text)
    except InvalidVersion:
        return None


def _headings(text: str) -> Iterator[tuple[int, str]]:
    """Headings of Markdown (marked or underlined) and reStructuredText, with their lines."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        marked = re.match(r"#{1,3}\s+(.*?)\s*#*$", line)
        below = lines[number] if number < len(lines) else ""
        if marked:
            yield number, marked[1]
        elif line.strip() and re.fullmatch(r"([=\-~^*+\"'#])\1{2,}\s*", below):
            yield number, line.strip()


def _plain(name: str) -> str:
    return re.sub(r"[-_.@/]+", "-", name).strip("-").lower()
