"""Markdown for step summaries and comments: what matters first, the rest folded, nothing from outside interpreted."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Status
from pyo3ops.render import stack_text
from pyo3ops.render.clean import clean, command, line
from pyo3ops.render.console_tables import cell_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyo3ops.core.model import Artifact, Failure, Finding, Report, Table, Trace

#: Lines of evidence and characters of one of them that are shown.
EVIDENCE = 30
WIDTH = 500
#: Stacks that are not folded: the first is the one that the report is about, and whoever it waits for comes next.
OPEN_TRACES = 2

_FOLDED = (Status.SKIP, Status.OK)


class Part(Enum):
    """What a piece of the report tells of."""

    HEAD = "head"
    FINDING = "finding"
    TRACE = "trace"
    QUIET = "quiet"
    TABLE = "table"
    FACTS = "facts"


def render(report: Report) -> str:
    """The report as GitHub-flavoured Markdown."""
    return joined(text for _, text in parts(report))


def joined(texts: Iterable[str]) -> str:
    """Pieces of a report as one text."""
    return "\n".join(texts).rstrip("\n") + "\n"


def parts(report: Report) -> Iterator[tuple[Part, str]]:
    """The report in pieces, what matters most first; joined they are the whole."""
    yield Part.HEAD, "\n".join(_head(report))
    worst_first = sorted(report.findings, key=lambda each: each.status, reverse=True)
    for each in worst_first:
        if each.status not in _FOLDED:
            yield Part.FINDING, "\n".join(_finding(each))
    for trace in report.traces[:OPEN_TRACES]:
        yield Part.TRACE, "\n".join(_trace(trace))
    if report.traces[OPEN_TRACES:]:
        yield Part.TRACE, "\n".join(_more_traces(report.traces[OPEN_TRACES:]))
    quiet = [each for each in worst_first if each.status in _FOLDED]
    if quiet:
        yield Part.QUIET, "\n".join(_folded(quiet))
    for table in report.tables:
        yield Part.TABLE, "\n".join(_table(table))
    if report.artifacts:
        yield Part.TABLE, "\n".join(_artifacts(report.artifacts))
    if report.facts or report.host:
        yield Part.FACTS, "\n".join(_facts(report))


def _head(report: Report) -> Iterator[str]:
    yield f"## {escape(report.task)}{': ' + escape(report.project) if report.project else ''}"
    yield ""
    if report.failure:
        yield from _failure(report.failure)
    if report.answer:
        yield f"**{escape(report.answer)}**"
        yield ""
    if report.findings:
        counts = ", ".join(f"{number} {status.look.word}" for status, number in report.counts.items())
        yield f"{report.worst.look.icon} **{counts}** in {report.seconds:.2f} s"
        yield ""


def escape(text: str) -> str:
    """One line of text that Markdown, HTML, autolinks and mentions make nothing of."""
    # White space in front would make a block of code of it.
    text = line(text).strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\`*_{}\[\]()#+!|~$:-])", r"\\\1", text)
    # Neither an item of a numbered list, nor a link without a scheme.
    text = re.sub(r"(^\d+(?=\.(?:\s|$))|www(?=\.))", r"\1\\", text, flags=re.IGNORECASE)
    # Neither a mention of a person nor a reference to an issue: both notify somebody. GitHub looks for them in the
    # finished HTML, where no escape is left; only a character in between (a zero-width space) stops it.
    return re.sub(r"(@|\\#(?=\d)|GH\\-(?=\d))", r"\1&#8203;", text)


def code(text: str) -> str:
    """A code span around one line of text, which the text cannot end."""
    text = line(text, WIDTH) or " "
    fence = "`" * (_longest_run(text) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def block(lines: Sequence[str], language: str = "text") -> Iterator[str]:
    """A fenced block around lines of text, which the text cannot end."""
    text = "\n".join(clean(each, WIDTH) for each in lines)
    fence = "`" * max(3, _longest_run(text) + 1)
    yield from (f"{fence}{language}", text, fence, "")


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _failure(failure: Failure) -> Iterator[str]:
    yield f"**{escape(failure.message)}**"
    yield ""
    for label, text in (("Cause", failure.cause), ("Next", failure.command), ("Log", failure.log or "")):
        if text:
            yield f"{label}:"
            yield ""
            yield from block(text.splitlines())


def _finding(finding: Finding) -> Iterator[str]:
    look = finding.status.look
    where = f" in {code(str(finding.where))}" if finding.where else ""
    yield f"### {look.icon} {look.word}: {escape(finding.title)} ({code(finding.id)}{where})"
    yield ""
    if finding.detail:
        yield escape(finding.detail)
        yield ""
    if finding.evidence:
        cut = len(finding.evidence) - EVIDENCE
        yield from block([*finding.evidence[:EVIDENCE], *([f"and {cut} more lines"] if cut > 0 else [])])
    if finding.fix:
        yield f"**Fix:** {escape(finding.fix.summary)}"
        yield ""
        if finding.fix.argv:
            yield from block([command(finding.fix.argv)], "sh")
        for url in filter(None, dict.fromkeys((finding.fix.url, finding.link))):
            yield f"See {code(url)}"
            yield ""


def _trace(trace: Trace) -> Iterator[str]:
    yield f"### {escape(trace.title)}"
    yield ""
    for each in filter(None, clean(trace.note).split("\n")):
        yield escape(each)
        yield ""
    yield from block(list(stack_text.lines(trace)))


def _more_traces(traces: Sequence[Trace]) -> Iterator[str]:
    yield f"<details><summary>{len(traces)} more {'stack' if len(traces) == 1 else 'stacks'}</summary>"
    yield ""
    for each in traces:
        yield from _trace(each)
    yield "</details>"
    yield ""


def _folded(findings: Sequence[Finding]) -> Iterator[str]:
    yield f"<details><summary>{len(findings)} ok or skipped</summary>"
    yield ""
    yield "| | check | what it says |"
    yield "|---|---|---|"
    for each in findings:
        yield f"| {each.status.look.icon} {each.status.look.word} | {_celled(code(each.id))} | {escape(each.detail)} |"
    yield ""
    yield "</details>"
    yield ""


def _celled(span: str) -> str:
    # Inside a table even a code span is ended by a bare pipe.
    return span.replace("|", "\\|")


def _table(table: Table) -> Iterator[str]:
    if table.brief is None:
        yield f"### {escape(table.title)}"
        yield ""
        yield from _rows(table)
        return
    # What is looked up is in nobody's way.
    yield f"<details><summary>{escape(table.title)} ({len(table.rows)})</summary>"
    yield ""
    yield from _rows(table)
    yield "</details>"
    yield ""


def _rows(table: Table) -> Iterator[str]:
    titles = (f"{column.title} ({column.unit})" if column.unit else column.title for column in table.columns)
    yield f"| {' | '.join(escape(title) for title in titles)} |"
    numeric = [
        all(isinstance(row[number], (int, float, type(None))) for row in table.rows)
        for number in range(len(table.columns))
    ]
    yield f"|{'|'.join('---:' if each else '---' for each in numeric)}|"
    for row in table.rows:
        yield f"| {' | '.join(escape(cell_text(cell)) for cell in row)} |"
    yield ""
    if table.note:
        yield escape(table.note)
        yield ""


def _artifacts(artifacts: Sequence[Artifact]) -> Iterator[str]:
    yield "### Artifacts"
    yield ""
    yield from block([f"{each.kind}: {each.path} (sha256 {each.sha256})" for each in artifacts])


def _facts(report: Report) -> Iterator[str]:
    rows = [f"{fact.name}: {fact.value}" for fact in report.facts]
    if report.host:
        host = report.host
        rows.insert(0, f"host: {host.system} {host.release} {host.machine}")
        rows.insert(1, f"pyo3ops: {host.pyo3ops} on Python {host.python}")
    yield "<details><summary>Versions</summary>"
    yield ""
    yield from block(rows)
    yield "</details>"
    yield ""
