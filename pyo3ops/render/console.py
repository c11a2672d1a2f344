"""Text for a person at a terminal: families of findings, worst first, each with its way out, and one last line."""

from __future__ import annotations

import io
import shlex
from itertools import groupby
from typing import TYPE_CHECKING, Iterator

from rich.console import Console
from rich.text import Text

from pyo3ops.core.model import Status
from pyo3ops.render import console_tables, console_traces
from pyo3ops.render.clean import clean, line
from pyo3ops.render.families import families

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.core.model import Cell, Failure, Finding, Fix, Report, Table, Trace
    from pyo3ops.render.families import Family

#: Evidence lines shown of one finding, unless everything is asked for.
EVIDENCE = 8
#: The least width that is laid out for; a narrower terminal wraps by itself.
NARROWEST = 40

_QUIET = (Status.CRASH, Status.FAIL, Status.UNKNOWN)
_LOUD = (*_QUIET, Status.WARN)
#: How the last line counts each status.
_COUNTED = {
    Status.CRASH: ("crashed", "crashed"),
    Status.FAIL: ("failed", "failed"),
    Status.UNKNOWN: ("unknown", "unknown"),
    Status.WARN: ("warning", "warnings"),
    Status.SKIP: ("skipped", "skipped"),
    Status.OK: ("ok", "ok"),
}


def render(
    report: Report,
    *,
    width: int = 100,
    colour: bool = False,
    icons: bool = False,
    verbose: bool = True,
    quiet: bool = False,
    here: str = "",
) -> str:
    """The report as lines of at most `width` columns (commands to copy are never broken).

    `icons` needs a terminal that shows them, otherwise words stand there; `quiet` leaves failures and the last line.
    Calls in files below the folder `here` are told by their path from there.
    """
    writer = _Writer(max(width, NARROWEST), colour=colour, icons=icons, verbose=verbose, quiet=quiet, here=here)
    if report.failure is None or report.findings:
        writer.report(report)
    if report.failure is not None:
        writer.failure(report.failure)
    elif report.findings:
        writer.add(_summary(report))
    return writer.text()


def _summary(report: Report) -> Text:
    text = Text()
    for status, number in report.counts.items():
        text.append(", " if text else "").append(f"{number} {_COUNTED[status][number > 1]}", status.look.colour)
    return text.append(f" in {report.seconds:.2f} s")


class _Writer:
    """Lays lines out in a given width and look."""

    def __init__(self, width: int, *, colour: bool, icons: bool, verbose: bool, quiet: bool, here: str) -> None:
        self._icons = icons
        self._here = here
        self._verbose = verbose and not quiet
        self._quiet = quiet
        self._file = io.StringIO()
        self._console = Console(
            file=self._file,
            width=width,
            force_terminal=colour,
            color_system="standard" if colour else None,
            no_color=not colour,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
            _environ={},
        )

    def text(self) -> str:
        # rich pads nothing here, but wrapped words may end in the space they were broken at.
        return "".join(f"{each.rstrip()}\n" for each in self._file.getvalue().split("\n")[:-1])

    def add(self, text: Text, indent: int = 0) -> None:
        """Write a text, wrapped, each of its lines indented."""
        for each in text.wrap(self._console, self._console.width - indent):
            self._console.print(Text(" " * indent).append_text(each), soft_wrap=True)

    def command(self, argv: Sequence[str], indent: int) -> None:
        """Write a command on one line, however long: it is there to be copied."""
        words = " ".join(shlex.quote(line(word)) for word in argv)
        self._console.print(Text(" " * indent).append(words, "bold"), soft_wrap=True)

    def _gap(self) -> None:
        # An empty line stands between two things, not above the first.
        if self._file.tell():
            self._console.print()

    def report(self, report: Report) -> None:
        if not self._quiet:
            title = Text(line(f"{report.task} {report.project}" if report.project else report.task), "bold")
            self.add(title)
            self._facts(report)
        tables = () if self._quiet else report.tables
        for trace in () if self._quiet else report.traces:
            self._trace(trace)
        # What is looked up stands before what is read: the end is what a terminal shows.
        self._asides([each for each in tables if each.brief is not None])
        for family in families(report.findings):
            self._family(family)
        for table in tables:
            if table.brief is None:
                self._table(table)
        for artifact in report.artifacts if self._verbose else ():
            self.add(Text(f"{line(artifact.kind)}: {line(artifact.path)} (sha256 {line(artifact.sha256)})"))
        answer = "" if self._quiet else clean(report.answer)
        if report.findings or answer:
            self._gap()
        if answer:
            self.add(Text(answer, "bold"))

    def _trace(self, trace: Trace) -> None:
        self._gap()
        lines = console_traces.lines(
            trace, self._console.width, verbose=self._verbose, here=self._here, unicode=self._icons
        )
        for text, indent in lines:
            self.add(text, indent)

    def failure(self, failure: Failure) -> None:
        self.add(_styled("pyo3ops: ", "bold red").append(clean(failure.message)))
        for label, text in (("cause", failure.cause), ("next", failure.command), ("log", failure.log or "")):
            if text:
                self.add(_styled(f"{label}: ", "bold").append(clean(text)), 2)

    def _facts(self, report: Report) -> None:
        if self._verbose and report.host:
            host = report.host
            where = f"{host.system} {host.release} {host.machine}, Python {host.python}, pyo3ops {host.pyo3ops}"
            self.add(Text(line(where), "dim"), 2)
        for fact in report.facts if self._verbose else ():
            self.add(Text(f"{line(fact.name)}: {line(fact.value)}", "dim"), 2)

    def _family(self, family: Family) -> None:
        shown = _QUIET if self._quiet else tuple(Status) if self._verbose else _LOUD
        folded = [each.status for each in family.findings if each.status not in shown]
        if self._quiet and len(folded) == len(family.findings):
            return
        title = _styled(line(family.name), "bold")
        for status, group in groupby(folded):
            title.append("  ").append_text(self._status(status)).append(f" {len(list(group))}", "dim")
        self._gap()
        self.add(title)
        for each in family.findings:
            if each.status in shown:
                self._finding(each)

    def _status(self, status: Status) -> Text:
        return _styled(status.look.icon if self._icons else status.look.word, status.look.colour)

    def _finding(self, finding: Finding) -> None:
        head = self._status(finding.status).append(" ").append(line(finding.title), "bold")
        head.append(f"  {line(finding.id)}", "dim")
        if finding.where:
            head.append(f"  {line(str(finding.where))}", "dim")
        if self._verbose:
            head.append(f"  {finding.seconds * 1000:.0f} ms", "dim")
        self.add(head, 2)
        if finding.detail:
            self.add(Text(clean(finding.detail)), 6)
        for each in self._evidence(finding):
            self.add(Text(each, "dim"), 6)
        if finding.fix:
            self._fix(finding.fix, finding.link)

    def _evidence(self, finding: Finding) -> Iterator[str]:
        limit = len(finding.evidence) if self._verbose or finding.status is Status.CRASH else EVIDENCE
        yield from (clean(each) for each in finding.evidence[:limit])
        if len(finding.evidence) > limit:
            yield f"and {len(finding.evidence) - limit} more lines (--verbose shows them)"

    def _fix(self, fix: Fix, link: str | None) -> None:
        self.add(_styled("fix: ", "bold").append(clean(fix.summary)), 6)
        if fix.argv:
            self.command(fix.argv, 11)
        for url in filter(None, dict.fromkeys((fix.url, link))):
            self._console.print(Text(" " * 6).append(f"see: {line(url)}", "dim"), soft_wrap=True)

    def _asides(self, tables: Sequence[Table]) -> None:
        """What each table has for everybody, without a frame around it, and how much more there is."""
        if self._verbose:
            for each in tables:
                self._table(each)
        elif tables:
            self._gap()
            for each in tables:
                self._aside(each, [each.rows[number] for number in each.brief or ()])

    def _aside(self, table: Table, rows: Sequence[tuple[Cell, ...]]) -> None:
        more = len(table.rows) - len(rows)
        said = f"  and {more} more (--verbose)" if rows else f"  {more} (--verbose)"
        self.add(_styled(line(table.title), "bold").append(said if more else "", "dim"))
        if rows:
            self._console.print(console_tables.bare(rows))

    def _table(self, table: Table) -> None:
        grid = console_tables.framed(table, self._console.width, lines=self._icons)
        self._gap()
        self._console.print(grid)
        if table.note:
            self.add(Text(clean(table.note), "dim"))


def _styled(text: str, style: str) -> Text:
    """Text whose style ends with it: what is appended does not inherit it."""
    return Text().append(text, style)
