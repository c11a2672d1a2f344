"""Where a report goes, and in which looks: files, the console or JSON, and GitHub's runner."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from pyo3ops.cli.streams import speaks_unicode, tell, write
from pyo3ops.core.errors import UsageError
from pyo3ops.core.exits import Exit

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from pyo3ops.core.model import Report, Trace
    from pyo3ops.core.sharing import Sharing

#: Columns where there is no terminal to ask.
WIDTH = 100


class Output(NamedTuple):
    """Where the report goes, and in which looks."""

    json: bool
    env: Mapping[str, str]
    reports: tuple[str, ...] = ()
    verbose: bool = False
    quiet: bool = False
    #: Not the report, but the commands of its plan.
    commands: bool = False
    #: Annotations and a step summary are wanted, because a runner of GitHub Actions reads what is written.
    github: bool = False
    project: str | None = None
    #: Stacks that were shown when they came, which the report does not repeat; None where none are to be.
    seen: list[Trace] | None = None

    @staticmethod
    def of(argv: Sequence[str], env: Mapping[str, str]) -> Output:
        """What can be told before the arguments are parsed: a wrong argument is reported in JSON too."""
        github = env.get("GITHUB_ACTIONS") == "true" and "--no-github" not in argv
        return Output("--json" in argv, env, github=github or "--github" in argv)

    def told(self, args: argparse.Namespace) -> Output:
        """The same with what the arguments say; `UsageError` for a report that could not be written at the end."""
        for name in args.report:
            from pyo3ops import render  # noqa: PLC0415 - only where a report was asked for

            render.format_of(name)
            if not Path(name).absolute().parent.is_dir():
                raise UsageError(f"cannot write {name}: there is no folder {Path(name).absolute().parent}")
        github = self.github if args.github is None else args.github
        reports = tuple(args.report)
        return self._replace(
            reports=reports,
            verbose=args.verbose,
            quiet=args.quiet,
            github=github,
            project=args.project,
            seen=None if self.json or args.quiet else [],
            commands=getattr(args, "fix", False) and args.dry_run,
        )

    def deliver(self, report: Report, check: Callable[[], None] = lambda: None) -> int:
        """Write the reports, then the payload, and return the exit code.

        Nothing interrupts a text that is being written: it is short, and half of it is worth nothing. Before each one,
        `check` may raise what has come meanwhile.
        """
        report = self._write_reports(report, check)
        # Before the payload: what goes wrong here must not follow a document that is complete.
        if self.github:
            self._annotate(report)
        text = self._payload(report)
        check()
        delivered = write(sys.stdout if self.json else _stream(report), text)
        return report.exit_code or (Exit.OK if delivered else Exit.FAILED)

    def _write_reports(self, report: Report, check: Callable[[], None]) -> Report:
        if not self.reports:
            return report
        from dataclasses import replace  # noqa: PLC0415 - only where a report was asked for

        from pyo3ops import render  # noqa: PLC0415
        from pyo3ops.core.files import write_whole  # noqa: PLC0415
        from pyo3ops.core.model import Failure  # noqa: PLC0415

        sharing = self._sharing()
        for name in self.reports:
            text = render.render_as(report, name, sharing)
            check()
            try:
                write_whole(Path(name), text.encode("utf-8", "backslashreplace"))
            except OSError as error:
                failure = Failure(f"cannot write {name}: {error.strerror}", max(report.exit_code, Exit.FAILED))
                report = replace(report, failure=report.failure or failure)
        return report

    def _sharing(self) -> Sharing:
        from pyo3ops.core.sharing import Sharing  # noqa: PLC0415 - only where a report was asked for

        return Sharing.of(self.env, Path(self.project or "."))

    def _annotate(self, report: Report) -> None:
        """Tell GitHub's runner: annotations on stderr, which it reads as well, and the step summary."""
        from pyo3ops import render  # noqa: PLC0415 - in a workflow alone
        from pyo3ops.render import github  # noqa: PLC0415

        (row,) = (row for row in render.FORMATS if row.option == "--github")
        sharing = self._sharing()
        if sys.stderr is not None:
            write(sys.stderr, github.render(render.prepared(report, row, sharing)))
        path = self.env.get("GITHUB_STEP_SUMMARY")
        if path:
            try:
                _append_summary(Path(path), sharing.redacted(report))
            except OSError as error:
                tell(f"pyo3ops: cannot write the step summary: {error.strerror}")

    def _payload(self, report: Report) -> str:
        if self.json:
            from pyo3ops.render import json as render_json  # noqa: PLC0415

            text = render_json.render(report)
            # The runner looks for its older commands anywhere in a line; in JSON they only stand in strings.
            return text.replace("##[", "\\u0023#[") if self.github else text
        return self._harmless(self.text(self._unseen(report), _stream(report)))

    def _harmless(self, text: str) -> str:
        if not self.github:
            return text
        from pyo3ops.render.clean import inert  # noqa: PLC0415 - in a workflow alone

        return inert(text)

    @property
    def live(self) -> Callable[[Trace], None] | None:
        """Shows a stack of the report before that is there, on stdout; None where nobody reads that."""
        return self._show_now if self.seen is not None else None

    def _show_now(self, trace: Trace) -> None:
        from pyo3ops.core.model import Report  # noqa: PLC0415 - for the few verbs that take long

        # Below it what the program goes on to say.
        text = self.text(Report("", traces=(trace,)), sys.stdout).lstrip("\n")
        write(sys.stdout, self._harmless(f"{text}\n"))
        if self.seen is not None:
            self.seen.append(trace)

    def _unseen(self, report: Report) -> Report:
        if not self.seen:
            return report
        from dataclasses import replace  # noqa: PLC0415 - see _show_now

        seen = frozenset(self.seen)
        return replace(report, traces=tuple(each for each in report.traces if each not in seen))

    def show(self, report: Report) -> None:
        """Show a report before the last one, which is talk."""
        write(sys.stderr, self.text(report, sys.stderr))

    def text(self, report: Report, stream: Any) -> str:  # noqa: ANN401 - see streams.write
        """The report as it is shown on that stream."""
        import shutil  # noqa: PLC0415

        from pyo3ops.render import console  # noqa: PLC0415

        if self.commands and report.failure is None:
            from pyo3ops.render import commands  # noqa: PLC0415

            return commands.render(report)
        terminal = bool(stream) and stream.isatty()
        colour = (terminal and not self.env.get("NO_COLOR")) or bool(self.env.get("FORCE_COLOR"))
        width = shutil.get_terminal_size((WIDTH, 24)).columns if terminal else WIDTH
        return console.render(
            report,
            width=width,
            colour=colour and self.env.get("TERM") != "dumb",
            icons=terminal and speaks_unicode(self.env, stream.encoding),
            verbose=self.verbose,
            quiet=self.quiet,
            here=_here(),
        )


def _stream(report: Report) -> Any:  # noqa: ANN401 - see streams.write
    """Where what was asked for goes, found out up to ^C perhaps; stderr for what went wrong."""
    failed = report.failure is not None and not (report.failure.exit_code == Exit.INTERRUPTED and report.findings)
    return sys.stderr if failed else sys.stdout


def _here() -> str:
    try:
        return str(Path.cwd())
    except OSError:
        # Somebody removed it, which is no reason to say nothing.
        return ""


def _append_summary(path: Path, report: Report) -> None:
    """Append to the summary of this step, as far as its limit lets; raises `OSError`."""
    from pyo3ops.render import github  # noqa: PLC0415 - in a workflow alone

    with path.open("ab") as file:
        text = github.summary(report, github.SUMMARY - file.tell())
        file.write(text.encode("utf-8", "backslashreplace"))
    if not text:
        tell("pyo3ops: the step summary is full; --report FILE keeps a report")
