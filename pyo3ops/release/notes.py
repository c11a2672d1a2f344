"""Change logs: the section of a version, the one of what is not released yet, and how that becomes a version's.

Forms: Keep a Changelog, with its links at the end, and whatever headings of Markdown and reStructuredText a file has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError
from pyo3ops.core.versions import compare, is_open, release_in
from pyo3ops.release.dates import date_in
from pyo3ops.release.headings import Heading, headings
from pyo3ops.release.links import linked, relinked

if TYPE_CHECKING:
    from collections.abc import Sequence

_REFERENCE = re.compile(r"\[[^\]\n]+\]:[ \t]+\S+.*")
_LABEL = re.compile(r"\.\. _[^:\n]+:\s*")
#: A directive, or a quotation, that says of a section that it is not released.
_NOT_YET = re.compile(r"^\.\. [\w-]+::.*(?:\r?\n[ \t]*)*(?:[ \t]+\S.*\r?\n?)+", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """A section of a change log; `line` counts from 1, `date` is as it stands there, or empty."""

    heading: str
    date: str
    body: str
    line: int


@dataclass(frozen=True)
class Log:
    """A change log, read: its lines with their ends."""

    lines: list[str]
    #: Headings of releases and of what is to be one, newest first as they stand.
    releases: tuple[Heading, ...]
    every: tuple[Heading, ...]

    @property
    def newline(self) -> str:
        """How its lines end."""
        return "\r\n" if self.lines and self.lines[0].endswith("\r\n") else "\n"

    def end(self, heading: Heading) -> int:
        """The first line behind a section: of the next heading of its rank or above, or of what ends the file."""
        following = (each.start for each in self.every if each.start > heading.start and each.level <= heading.level)
        end = next(following, len(self.lines))
        # A label belongs to the heading below it, links to the whole file.
        while end > heading.end and (
            not self.lines[end - 1].strip()
            or _LABEL.fullmatch(self.lines[end - 1])
            or _REFERENCE.fullmatch(self.lines[end - 1].strip())
        ):
            end -= 1
        return end

    def section(self, heading: Heading) -> Section:
        """What stands below a heading."""
        body = "".join(self.lines[heading.end : self.end(heading)]).replace("\r\n", "\n").strip("\n")
        return Section(heading.text, date_in(heading.text), body, heading.start + 1)


def section(text: str, version: str) -> Section | None:
    """The section of a version, however the log spells that; None where there is none."""
    log = read_log(text)
    found = _of(log, version)
    return log.section(found) if found else None


def unreleased(text: str) -> Section | None:
    """The section of what is not released yet; its body may be empty."""
    log = read_log(text)
    found = open_heading(log)
    return log.section(found) if found else None


def newest(text: str) -> str | None:
    """The newest release that the log has a section for."""
    log = read_log(text)
    return next((_version(each) for each in log.releases if not is_open(each.text)), None)


def cut(text: str, version: str, date: str) -> str:
    """The log in which what was not released yet is the section of this version, in the file's own style.

    `date` is YYYY-MM-DD. A section "Unreleased" stands empty above it again, and links that compare versions follow. A
    log that has the version's section already stays as it is. Raises `UsageError` where there is nothing to release.
    """
    log = read_log(text)
    there = _of(log, version)
    if there and not is_open(there.text):
        return text
    heading = there or open_heading(log)
    if heading is None:
        raise UsageError(
            f"the change log has no section for {version}, and none that is open",
            cause="what is not released yet stands under Unreleased",
            command="pyo3ops release changelog --write",
        )
    if not log.section(heading).body:
        raise UsageError(
            f"{heading.text} in the change log is empty",
            cause="a release says what is new in it",
            command="pyo3ops release changelog --write",
        )
    return _cut(log, heading, version, date)


def _cut(log: Log, heading: Heading, version: str, date: str) -> str:
    sample = next((each for each in log.releases if not is_open(each.text)), None)
    last = _version(sample) if sample else None
    title = _title(heading, sample, version, date)
    end = log.end(heading)
    body = _without_notice("".join(log.lines[heading.end : end]))
    lines = log.lines[: heading.start]
    # An open section that has a number is not to be opened again: the next number is not known.
    if _version(heading) is None:
        again = relinked(heading.text, last, version)
        lines += [*heading.written(again, log.newline), log.newline]
    lines += [*heading.written(title, log.newline), body, *log.lines[end:]]
    text = "".join(lines)
    return linked(text, last, version, log.newline)


def _title(heading: Heading, sample: Heading | None, version: str, date: str) -> str:
    """The heading of a release, as the newest one is written."""
    from pyo3ops.release.dates import like  # noqa: PLC0415 - beside what uses it

    if sample is None:
        bracketed = heading.text.startswith("[")
        return f"[{version}] - {date}" if bracketed else f"{version} - {date}"
    found = release_in(sample.text)
    if found is None:
        return f"{version} - {date}"
    old, start, end = found
    link = re.match(r"\](?:\([^)\n]*\))?", sample.text[end:])
    close = relinked(link[0], None, version, old) if link else ""
    rest = sample.text[end + (len(link[0]) if link else 0) :]
    said = date_in(rest)
    if said:
        before, _, behind = rest.partition(said)
        closing = re.match(r"[)\]]*", behind)
        rest = before + like(said, date) + (closing[0] if closing else "")
    else:
        rest = ""
    return sample.text[:start] + version + close + rest


def _without_notice(body: str) -> str:
    """The body without the directive that says that it is not released."""

    def keep(match: re.Match[str]) -> str:
        return "" if re.search(r"not\s+(?:yet\s+)?(?:been\s+)?released|under\s+active\s+dev", match[0]) else match[0]

    shorter = _NOT_YET.sub(keep, body)
    return body if shorter == body else re.sub(r"^(?:[ \t]*\r?\n)*([ \t]*\r?\n)", r"\1", shorter)


def read_log(text: str) -> Log:
    """The headings of a log, those of releases apart."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    every = headings(lines)
    candidates = [each for each in every if release_in(each.text) or _is_bare_open(each.text)]
    # Sections of a release may be called after other things' versions: what counts is the rank of the first.
    level = candidates[0].level if candidates else 0
    of_rank = [each for each in every if each.level == level]
    releases = tuple(each for each in of_rank if release_in(each.text) or is_open(each.text))
    return Log(lines, releases, every)


def _is_bare_open(heading: str) -> bool:
    return is_open(heading) and re.fullmatch(r"\W*(?:[\w-]+\W+){0,3}[\w-]*\W*", _shown(heading)) is not None


def _shown(heading: str) -> str:
    """Without the address of a link."""
    return re.sub(r"\]\([^)]*\)", "]", heading)


def _of(log: Log, version: str) -> Heading | None:
    return next((each for each in log.releases if compare(_version(each) or "", version) == 0), None)


def open_heading(log: Log) -> Heading | None:
    """The heading of what is not released yet."""
    return next((each for each in log.releases if is_open(_shown(each.text))), None)


def _version(heading: Heading) -> str | None:
    found = release_in(heading.text)
    return found[0] if found else None


def at(text: str) -> Sequence[Section]:
    """Every section of a release, in the order of the file."""
    log = read_log(text)
    return [log.section(each) for each in log.releases]
