"""One HTML page to send or to keep: no request, no script needed, dark and light, nothing from outside interpreted.

Every finding is a static row; the browser lays out only those in sight. The script beside it merely hides rows.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Status
from pyo3ops.render import html_traces
from pyo3ops.render.clean import clean, command, line
from pyo3ops.render.console_tables import cell_text
from pyo3ops.render.families import families

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.core.model import Failure, Finding, Fix, Report, Table
    from pyo3ops.render.families import Family

#: Lines of evidence of one finding.
EVIDENCE = 1_000
#: Lines of evidence that are not folded, where something is wrong.
OPEN = 6

_QUIET = (Status.OK, Status.SKIP)
_WEB = re.compile(r"https?://[^\s/]")
#: Dotted, as no id of the page itself is.
_ANCHOR = re.compile(r"[A-Za-z][\w-]*(?:\.[\w-]+)+", re.ASCII)


def render(report: Report) -> str:
    """The page: one file that a browser opens without asking for another."""
    style, script = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("html.css", "html.js"))
    title = _line(f"{report.task}: {report.project}" if report.project else report.task)
    lines = chain(_head(title, style, script), _header(report), _main(report), _footer(report, script))
    return "\n".join(lines) + "\n"


def _head(title: str, style: str, script: str) -> Iterator[str]:
    # Whatever slipped through the escaping would still neither run nor load.
    policy = (
        f"default-src 'none'; style-src 'sha256-{_digest(style)}'; script-src 'sha256-{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">'
    yield f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>"


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _text(text: str) -> str:
    return escape(clean(text))


def _line(text: str) -> str:
    return escape(line(text))


def _header(report: Report) -> Iterator[str]:
    project = f" <small>{_line(report.project)}</small>" if report.project else ""
    yield f"<header>\n<h1>{_line(report.task)}{project}</h1>"
    if report.host:
        host = report.host
        where = f"{host.system} {host.release} {host.machine}, Python {host.python}, pyo3ops {host.pyo3ops}"
        yield f'<p class="soft">{_line(where)}</p>'
    if report.failure:
        yield from _failure(report.failure)
    if report.answer:
        yield f'<p class="answer">{_text(report.answer)}</p>'
    if report.findings:
        yield from _counts(report)
        yield from _families(families(report.findings))
    yield "</header>"


def _failure(failure: Failure) -> Iterator[str]:
    yield f'<div class="failure fail" role="alert"><h2>{_text(failure.message)}</h2>'
    for label, text in (("Cause", failure.cause), ("Next", failure.command), ("Log", failure.log or "")):
        if text:
            yield f"<p>{label}:</p><pre>{_text(text)}</pre>"
    yield "</div>"


def _counts(report: Report) -> Iterator[str]:
    yield f'<svg class="bar" viewBox="0 0 {len(report.findings)} 1" preserveAspectRatio="none" aria-hidden="true">'
    done = 0
    for status, number in report.counts.items():
        yield f'<rect class="{status.value}" x="{done}" width="{number}" height="1"/>'
        done += number
    yield '</svg>\n<ul class="counts" aria-label="Findings by status">'
    yield from (f"<li><b>{number}</b> {_status(status)}</li>" for status, number in report.counts.items())
    strict = ", warnings count as failures" if report.strict else ""
    yield f'<li class="soft">in {report.seconds:.2f} s, exit code {int(report.exit_code)}{strict}</li>\n</ul>'


def _status(status: Status) -> str:
    # The style sheet puts the icon before the word.
    return f'<span class="status {status.value}">{status.look.word}</span>'


def _families(groups: Sequence[Family]) -> Iterator[str]:
    if len(groups) > 1:
        links = (
            f'<li><a href="#family-{number}">{_line(each.name)}</a> {_status(each.worst)}</li>'
            for number, each in enumerate(groups, 1)
        )
        yield f'<nav aria-label="Families"><ul>{"".join(links)}</ul></nav>'


def _main(report: Report) -> Iterator[str]:
    yield "<main>"
    yield from _filter(report)
    anchors: set[str] = set()
    for number, each in enumerate(families(report.findings), 1):
        yield from _family(each, number, anchors)
    yield from html_traces.section(report.traces)
    for number, table in enumerate(report.tables, 1):
        yield from _table(table, f"table-{number}")
    yield from _artifacts(report)
    yield from _facts(report)
    yield "</main>"


def _filter(report: Report) -> Iterator[str]:
    yield '<form class="filter" role="search" aria-label="Filter findings" hidden>'
    yield '<input type="search" placeholder="Filter by text" aria-label="Filter by text" autocomplete="off">'
    for status in report.counts:
        box = f'<input type="checkbox" value="{status.value}" checked autocomplete="off">'
        yield f"<label>{box} {_status(status)}</label>"
    yield '<output aria-live="polite"></output>\n</form>'


def _family(family: Family, number: int, anchors: set[str]) -> Iterator[str]:
    title = f"family-{number}"
    statuses = [each.status for each in family.findings]
    counts = ", ".join(f"{statuses.count(status)} {status.look.word}" for status in dict.fromkeys(statuses))
    yield f'<section class="family" aria-labelledby="{title}">'
    yield f'<h2 id="{title}">{_line(family.name)} <small>{counts}</small></h2>\n<ul class="list">'
    for each in family.findings:
        yield "".join(_finding(each, anchors))
    yield "</ul>\n</section>"


def _finding(finding: Finding, anchors: set[str]) -> Iterator[str]:
    # Two findings may have one id; links lead to the first.
    anchored = bool(_ANCHOR.fullmatch(finding.id)) and finding.id not in anchors
    anchors.add(finding.id)
    anchor = f' id="{finding.id}"' if anchored else ""
    yield f'<li class="{finding.status.value}"{anchor}>{_status(finding.status)}<h3>{_line(finding.title)}</h3> '
    yield _id(finding)
    # Milliseconds: what took less took nothing.
    seconds = f"{finding.seconds * 1000:,.0f} ms" if finding.seconds >= 0.0005 else ""  # noqa: PLR2004
    aside = " · ".join(filter(None, (_line(str(finding.where)) if finding.where else "", seconds)))
    if aside:
        yield f' <span class="soft">{aside}</span>'
    if finding.detail:
        yield f"<p>{_text(finding.detail)}</p>"
    yield from _evidence(finding)
    if finding.fix:
        yield from _fix(finding.fix)
    yield "</li>"


def _id(finding: Finding) -> str:
    """The id, which leads to what is to be read about it."""
    link = finding.link or ""
    if _WEB.match(link):
        return f'<a class="id" href="{_line(link)}" rel="noreferrer">{_line(finding.id)}</a>'
    about = f' <span class="soft">{_line(link)}</span>' if link else ""
    return f'<span class="id">{_line(finding.id)}</span>{about}'


def _evidence(finding: Finding) -> Iterator[str]:
    if not finding.evidence:
        return
    number = len(finding.evidence)
    shown = "\n".join(_text(each) for each in finding.evidence[:EVIDENCE])
    cut = f"\nand {number - EVIDENCE:,} more lines" if number > EVIDENCE else ""
    opened = " open" if finding.status not in _QUIET and number <= OPEN else ""
    plural = "" if number == 1 else "s"
    yield f"<details{opened}><summary>Evidence, {number:,} line{plural}</summary><pre>{shown}{cut}</pre></details>"


def _fix(fix: Fix) -> Iterator[str]:
    yield f'<div class="fix"><b>Fix:</b> {_text(fix.summary)}'
    if fix.argv:
        yield f'<pre class="command">{_text(command(fix.argv))}</pre>'
    if fix.url:
        url = _line(fix.url)
        # What is no web address stays text: javascript: is a link too.
        yield f'<a href="{url}" rel="noreferrer">{url}</a>' if _WEB.match(fix.url) else url
    yield "</div>"


def _table(table: Table, name: str) -> Iterator[str]:
    numeric = [
        all(isinstance(row[number], (int, float, type(None))) for row in table.rows)
        for number in range(len(table.columns))
    ]
    classes = [' class="number"' if each else "" for each in numeric]
    yield f'<section aria-labelledby="{name}">\n<h2 id="{name}">{_line(table.title)}</h2>'
    if table.brief is not None:
        # What is looked up is in nobody's way.
        number = len(table.rows)
        yield f"<details><summary>{number:,} row{'' if number == 1 else 's'}</summary>"
    yield f'<div class="scroll" role="region" aria-labelledby="{name}" tabindex="0"><table>\n<thead><tr>'
    for column, kind in zip(table.columns, classes):
        unit = f" ({_line(column.unit)})" if column.unit else ""
        yield f'<th scope="col"{kind}>{_line(column.title)}{unit}</th>'
    yield "</tr></thead>\n<tbody>"
    for row in table.rows:
        cells = (f"<td{kind}>{escape(cell_text(cell))}</td>" for cell, kind in zip(row, classes))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"
    if table.note:
        yield f'<p class="soft">{_text(table.note)}</p>'
    yield "</details>\n</section>" if table.brief is not None else "</section>"


def _artifacts(report: Report) -> Iterator[str]:
    if not report.artifacts:
        return
    yield '<section aria-labelledby="artifacts">\n<h2 id="artifacts">Artifacts</h2>'
    yield '<div class="scroll" role="region" aria-labelledby="artifacts" tabindex="0"><table>'
    titles = "".join(f'<th scope="col">{title}</th>' for title in ("file", "kind", "SHA-256"))
    yield f"<thead><tr>{titles}</tr></thead><tbody>"
    for each in report.artifacts:
        cells = (f"<code>{_line(each.path)}</code>", _line(each.kind), f"<code>{_line(each.sha256)}</code>")
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
    yield "</tbody></table></div>\n</section>"


def _facts(report: Report) -> Iterator[str]:
    if not report.facts:
        return
    yield '<section aria-labelledby="facts">\n<h2 id="facts">Facts</h2>\n<dl>'
    yield from (f"<dt>{_line(fact.name)}</dt><dd>{_text(fact.value)}</dd>" for fact in report.facts)
    yield "</dl>\n</section>"


def _footer(report: Report, script: str) -> Iterator[str]:
    version = f" {_line(report.host.pyo3ops)}" if report.host else ""
    yield f'<footer class="soft">Made by pyo3ops{version}. This page loads nothing.</footer>'
    yield f"<script>{script}</script>\n</body>\n</html>"
