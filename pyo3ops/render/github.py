"""GitHub Actions: annotations as workflow commands, and the step summary, which is the Markdown report made to fit.

Sources: GitHub's "Workflow commands for GitHub Actions" and the runner's ActionCommand.cs, which unescapes in this way
and reads commands from stderr as from stdout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Status
from pyo3ops.render import markdown
from pyo3ops.render.clean import clean, command, line
from pyo3ops.render.sarif import level

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyo3ops.core.model import Failure, Finding, Report

#: Annotations of one level that GitHub keeps of one step.
LIMIT = 10
#: Bytes of a step's summary; of a larger one nothing is shown at all.
SUMMARY = 1024 * 1024
#: Lines of evidence in one annotation, and characters of one line.
EVIDENCE = 5
WIDTH = 500
#: Bytes kept free for the line that says what was cut.
_NOTE = 300


def render(report: Report) -> str:
    """Workflow commands, a line each, worst first; what GitHub would drop is counted in a notice. "" without any."""
    lines = [_failure(report.failure)] if report.failure else []
    levels: dict[str, list[Finding]] = {"error": [], "warning": []}
    for each in sorted(report.findings, key=lambda each: each.status, reverse=True):
        levels.get(level(each.status, strict=report.strict), []).append(each)
    room = {"error": LIMIT - len(lines), "warning": LIMIT}
    for name, findings in levels.items():
        lines += [_annotation(name, each) for each in findings[: room[name]]]
    more = {name: len(findings) - room[name] for name, findings in levels.items() if len(findings) > room[name]}
    lines += [_more(more, report)] if more else []
    return "".join(f"{each}\n" for each in lines)


def workflow_command(name: str, properties: Mapping[str, str | None], message: str) -> str:
    """One workflow command, which nothing in its text can end or extend."""
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{name}{' ' if written else ''}{written}::{_data(message)}"


def _data(text: str) -> str:
    return clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _failure(failure: Failure) -> str:
    labelled = (("cause", failure.cause), ("next", failure.command), ("log", failure.log))
    text = "\n".join([failure.message, *(f"{label}: {text}" for label, text in labelled if text)])
    return workflow_command("error", {"title": "pyo3ops"}, text)


def _annotation(name: str, finding: Finding) -> str:
    where = finding.where
    place = {"file": where.path, "line": str(where.line or 1)} if where else {}
    title = f"{finding.status.look.word}: {line(finding.title)} ({line(finding.id)})"
    return workflow_command(name, {**place, "title": title}, "\n".join(_message(finding)))


def _message(finding: Finding) -> Iterator[str]:
    yield clean(finding.detail or finding.title)
    yield from (clean(each, WIDTH) for each in finding.evidence[:EVIDENCE])
    if len(finding.evidence) > EVIDENCE:
        yield f"and {len(finding.evidence) - EVIDENCE} more lines"
    if finding.fix:
        yield f"fix: {clean(finding.fix.summary)}"
        if finding.fix.argv:
            yield f"  {command(finding.fix.argv)}"
        yield from (f"see: {line(url)}" for url in dict.fromkeys((finding.fix.url, finding.link)) if url)
    elif finding.link:
        yield f"see: {line(finding.link)}"


def _more(more: Mapping[str, int], report: Report) -> str:
    counts = " and ".join(f"{number} more {name}{'s'[: number - 1]}" for name, number in more.items())
    text = f"{counts} of {line(report.task)}: GitHub shows {LIMIT} of each in one step; the step summary has all"
    return workflow_command("notice", {"title": "pyo3ops"}, text)


def summary(report: Report, room: int = SUMMARY) -> str:
    """The Markdown report in at most `room` bytes: worst first, and the end says what was cut. "" if none fits."""
    pieces = list(markdown.parts(report))
    whole = markdown.joined(text for _, text in pieces)
    if _size(whole) <= room:
        return whole
    kept: list[str] = []
    cut = dict.fromkeys(markdown.Part, 0)
    left = room - _NOTE
    for part, text in pieces:
        size = _size(text) + 1
        if size <= left:
            kept.append(text)
            left -= size
        else:
            cut[part] += 1
    note = _note(report, cut)
    return "\n".join([*kept, note]) if left >= 0 and _size(note) < _NOTE else ""


def _note(report: Report, cut: Mapping[markdown.Part, int]) -> str:
    quiet = sum(each.status in (Status.OK, Status.SKIP) for each in report.findings)
    counts = {
        "the failure": cut[markdown.Part.HEAD],
        "findings": cut[markdown.Part.FINDING],
        "ok or skipped": quiet * cut[markdown.Part.QUIET],
        "stacks": cut[markdown.Part.TRACE],
        "tables": cut[markdown.Part.TABLE],
        "the versions": cut[markdown.Part.FACTS],
    }
    words = [name if name.startswith("the ") else f"{number:,} {name}" for name, number in counts.items() if number]
    return f"**Cut to fit GitHub's limit of 1 MiB a step:** {', '.join(words)}. `--report FILE` has all of it.\n"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))
