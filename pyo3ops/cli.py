"""The command line: parse, run a task, render its report, exit. The only place that prints or exits.

stdout is the payload, stderr the talk. With `--json`, stdout gets exactly one JSON document on every way out that this
process can catch.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, NoReturn

from pyo3ops import __version__
from pyo3ops.core.errors import Interrupted, Pyo3opsError, UsageError
from pyo3ops.core.exits import Exit
from pyo3ops.verbs import GROUPS, NOX, VERBS, add_common
from pyo3ops.verbs.call import Call, Verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

    from pyo3ops.core.model import Report
    from pyo3ops.core.sharing import Sharing

#: Seconds between two lines of progress where there is no terminal.
PROGRESS_EVERY = 5.0
#: Columns where there is no terminal to ask.
WIDTH = 100


def entry() -> NoReturn:
    """The console script."""
    sys.exit(main(sys.argv[1:], os.environ))


def main(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Run one verb, deliver its report and return the exit code."""
    argv, command = _split(argv)
    output = _Output.of(argv, env)
    try:
        with _heard(), _signals(_interrupt, *_ENDING), _ended_programs():
            args = _arguments(argv, env)
            args.command = command
            # From here on every ending is in the reports that were asked for: an old one must not be taken for new.
            output = output.told(args)
            report = _run(args, env)
    except KeyboardInterrupt:
        report = _failed(argv, Interrupted("interrupted"))
    except Pyo3opsError as error:
        report = _failed(argv, error)
    except Exception:  # noqa: BLE001 - a bug of ours, reported as one
        report = _crashed(argv)
    try:
        return output.deliver(_logged(argv, report))
    except Exception:  # noqa: BLE001 - a renderer that crashes is reported like a task that does
        return output.deliver(_logged(argv, _crashed(argv)))


def _split(argv: Sequence[str]) -> tuple[Sequence[str], tuple[str, ...]]:
    """Our own words, and the command behind `--` of a verb that takes one."""
    end = list(argv).index("--") if "--" in argv else len(argv)
    taking = {verb.name for verb in VERBS if verb.takes_command}
    return (argv[:end], tuple(argv[end + 1 :])) if _task(argv[:end]) in taking else (argv, ())


def _arguments(argv: Sequence[str], env: Mapping[str, str]) -> argparse.Namespace:
    parser = _parser()
    if argv[:1] == [NOX.name] and argv[1:2] not in (["-h"], ["--help"]):
        raise SystemExit(_nox(argv[1:], env))
    return parser.parse_args(argv)


def _run(args: argparse.Namespace, env: Mapping[str, str]) -> Report:
    with _progress(quiet=args.quiet) as progress:
        # Nobody can be asked where the question would not be seen, or the answer comes from a file.
        terminal = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
        talk = (lambda _: None) if args.quiet else lambda text: _tell(_harmless(text))
        report: Report = args.verb.run(
            Call(args, env, progress, talk, _Output.of((), env).show, _confirm if terminal else None)
        )
    return report


def _confirm(question: str) -> bool:
    _write(sys.stderr, question)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _nox(args: Sequence[str], env: Mapping[str, str]) -> int:
    from pyo3ops.core.run import handover  # noqa: PLC0415 - what --help need not wait for
    from pyo3ops.tasks import nox  # noqa: PLC0415

    argv, inside = nox.command(Path.cwd(), args, env)
    result = handover(argv, env=inside)
    if result.code is None:
        raise UsageError(result.reason, cause="nox is not installed", command="pip install 'pyo3ops[sessions]'")
    return Exit.INTERRUPTED if result.code < 0 else result.code


class _Parser(argparse.ArgumentParser):
    """An argparse parser whose errors are ours, so that they can leave as JSON."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, command=f"{self.prog} --help")

    def _print_message(self, message: str, file: Any = None) -> None:  # noqa: ANN401 - as argparse has it
        # A reader that has seen enough of a help text is no crash.
        _write(file or sys.stderr, message)


class _Completion(argparse.Action):
    """Prints a completion script and exits."""

    def __call__(self, parser: argparse.ArgumentParser, _space: object, values: Any, _option: Any = None) -> None:  # noqa: ANN401 - argparse's signature
        try:
            import shtab  # noqa: PLC0415 - an extra
        except ImportError:
            raise UsageError(
                "completion needs shtab", cause="it is an extra", command="pip install 'pyo3ops[completion]'"
            ) from None
        _write(sys.stdout, shtab.complete(parser, values) + "\n")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="pyo3ops",
        description="Operates PyO3 (Rust <-> Python) extension projects.",
        epilog=f"{_examples()}\n\n{_codes()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        # `--js` for --json would be understood here, and not by what looks for it before arguments are parsed.
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"pyo3ops {__version__}")
    shells = ("bash", "zsh", "tcsh")
    parser.add_argument("--print-completion", action=_Completion, choices=shells, help="print a completion script")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", dest="verb_name", required=True)
    groups: dict[str, Any] = {}
    for verb in (*VERBS, NOX):
        group, _, action = verb.name.partition(" ")
        if action and group not in groups:
            groups[group] = _group(verbs, group)
        added = _add_verb(groups[group] if action else verbs, action or verb.name, verb)
        if verb.name in GROUPS:
            groups[verb.name] = added.add_subparsers(title="actions", metavar="ACTION", dest="action_name")
    return parser


def _group(verbs: Any, name: str) -> Any:  # noqa: ANN401 - argparse names no type for them
    """A verb that has actions."""
    summary = GROUPS[name]
    parser = verbs.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog="examples:\n" + "\n".join(f"  {verb.examples[0]}" for verb in VERBS if verb.name.split()[0] == name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    return parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action_name")


def _add_verb(place: Any, name: str, verb: Verb) -> argparse.ArgumentParser:  # noqa: ANN401 - see _group
    examples = "\n".join(f"  {line}" for line in verb.examples)
    parser: argparse.ArgumentParser = place.add_parser(
        name,
        help=verb.summary,
        description=f"{verb.summary[0].upper()}{verb.summary[1:]}.",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verb.add_arguments(parser)
    if verb is not NOX:
        add_common(parser)
    parser.set_defaults(verb=verb, task=verb.name)
    return parser


def _examples() -> str:
    return "examples:\n" + "\n".join(f"  {verb.examples[0]}" for verb in (*VERBS, NOX))


def _codes() -> str:
    return "exit codes:\n" + "\n".join(f"  {code.value:<4} {code.meaning}" for code in Exit)


def _failed(argv: Sequence[str], error: Pyo3opsError) -> Report:
    from pyo3ops.core.model import Failure, Host, Report  # noqa: PLC0415 - what --help need not wait for

    return Report(task=_task(argv), host=Host.here(), failure=Failure.of(error))


def _crashed(argv: Sequence[str]) -> Report:
    import traceback  # noqa: PLC0415 - for a crash alone

    from pyo3ops.core.model import Failure, Host, Report  # noqa: PLC0415

    trace = traceback.format_exc()
    last = trace.rstrip().rpartition("\n")[2]
    failure = Failure(f"a bug in pyo3ops: {last}", Exit.INTERNAL, trace, "report it with the log, please")
    return Report(task=_task(argv), host=Host.here(), failure=failure)


def _task(argv: Sequence[str]) -> str:
    """The verb that a command line names, as far as can be told without parsing it."""
    names = {verb.name for verb in VERBS}
    words = [word for word in argv if not word.startswith("-")]
    pairs = (" ".join(words[:count]) for count in (2, 1))
    return next((name for name in pairs if name in names), next((word for word in words if word in names), "pyo3ops"))


def _logged(argv: Sequence[str], report: Report) -> Report:
    """The report with the path of a log to paste, where it tells of a bug of ours."""
    if report.exit_code != Exit.INTERNAL:
        return report
    from dataclasses import replace  # noqa: PLC0415 - for a crash alone

    from pyo3ops.core.crash import write_log  # noqa: PLC0415
    from pyo3ops.core.model import Failure, Status  # noqa: PLC0415

    crashes = ["\n".join(each.evidence) for each in report.findings if each.status is Status.CRASH]
    failure = report.failure
    path = write_log(argv, "\n\n".join(([failure.cause] if failure else []) + crashes))
    if failure is None:
        failure = Failure("a check crashed: a bug in pyo3ops", Exit.INTERNAL, command="report it with the log, please")
    cause = "" if path else failure.cause
    return replace(report, failure=replace(failure, cause=cause, log=str(path) if path else None))


class _Output(NamedTuple):
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

    @staticmethod
    def of(argv: Sequence[str], env: Mapping[str, str]) -> _Output:
        """What can be told before the arguments are parsed: a wrong argument is reported in JSON too."""
        github = env.get("GITHUB_ACTIONS") == "true" and "--no-github" not in argv
        return _Output("--json" in argv, env, github=github or "--github" in argv)

    def told(self, args: argparse.Namespace) -> _Output:
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
            commands=getattr(args, "fix", False) and args.dry_run,
        )

    def deliver(self, report: Report) -> int:
        """Write the reports, then the payload, and return the exit code."""
        # Nothing interrupts the delivery of the report: it is short, and half of it is worth nothing.
        with _signals(signal.SIG_IGN, "SIGINT", *_ENDING):
            report = self._write_reports(report)
            # Before the payload: what goes wrong here must not follow a document that is complete.
            if self.github:
                self._annotate(report)
            delivered = self._print(report)
        return report.exit_code or (Exit.OK if delivered else Exit.FAILED)

    def _write_reports(self, report: Report) -> Report:
        if not self.reports:
            return report
        from dataclasses import replace  # noqa: PLC0415 - only where a report was asked for

        from pyo3ops import render  # noqa: PLC0415
        from pyo3ops.core.files import write_whole  # noqa: PLC0415
        from pyo3ops.core.model import Failure  # noqa: PLC0415

        sharing = self._sharing()
        for name in self.reports:
            try:
                text = render.render_as(report, name, sharing)
                write_whole(Path(name), text.encode("utf-8", "backslashreplace"))
            except OSError as error:  # noqa: PERF203 - the other reports are still wanted
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
            _write(sys.stderr, github.render(render.prepared(report, row, sharing)))
        path = self.env.get("GITHUB_STEP_SUMMARY")
        if path:
            try:
                _append_summary(Path(path), sharing.redacted(report))
            except OSError as error:
                _tell(f"pyo3ops: cannot write the step summary: {error.strerror}")

    def _print(self, report: Report) -> bool:
        if self.json:
            from pyo3ops.render import json as render_json  # noqa: PLC0415

            text = render_json.render(report)
            # The runner looks for its older commands anywhere in a line; in JSON they only stand in strings.
            return _write(sys.stdout, text.replace("##[", "\\u0023#[") if self.github else text)
        text = self.text(report, sys.stdout if report.failure is None else sys.stderr)
        if self.github:
            from pyo3ops.render.clean import inert  # noqa: PLC0415

            text = inert(text)
        return _write(sys.stdout if report.failure is None else sys.stderr, text)

    def show(self, report: Report) -> None:
        """Show a report before the last one, which is talk."""
        _write(sys.stderr, self.text(report, sys.stderr))

    def text(self, report: Report, stream: Any) -> str:  # noqa: ANN401 - see _write
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
            icons=terminal and _speaks_unicode(self.env, stream.encoding),
            verbose=self.verbose,
            quiet=self.quiet,
        )


def _append_summary(path: Path, report: Report) -> None:
    """Append to the summary of this step, as far as its limit lets; raises `OSError`."""
    from pyo3ops.render import github  # noqa: PLC0415 - in a workflow alone

    with path.open("ab") as file:
        text = github.summary(report, github.SUMMARY - file.tell())
        file.write(text.encode("utf-8", "backslashreplace"))
    if not text:
        _tell("pyo3ops: the step summary is full; --report FILE keeps a report")


def _write(stream: Any, text: str) -> bool:  # noqa: ANN401 - sys.stdout may be None, or anything that writes
    """Write and flush; False where the text could not be delivered."""
    if stream is None:
        return False
    try:
        if hasattr(stream, "buffer"):
            stream.flush()
            # UTF-8 whatever the locale: a JSON document is never anything else, and console text was made to fit.
            stream.buffer.write(text.encode("utf-8", "backslashreplace"))
        else:
            stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # The reader has seen enough, which is no failure; the interpreter's own flush at exit must not complain.
        _silence(stream)
        return True
    except OSError as error:
        _silence(stream)
        _tell(f"pyo3ops: cannot write the output: {error.strerror}")
        return False
    return True


def _tell(text: str) -> None:
    """A line on stderr; that nobody can read it is no reason to stop."""
    if sys.stderr is not None:
        try:
            print(text, file=sys.stderr, flush=True)
        except OSError:
            _silence(sys.stderr)


def _silence(stream: Any) -> None:  # noqa: ANN401 - see _write
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())


def _speaks_unicode(env: Mapping[str, str], encoding: str | None) -> bool:
    # Not LC_CTYPE first: Python itself sets that to C.UTF-8 where it was started under LANG=C (PEP 538).
    locale = env.get("LC_ALL") or env.get("LANG") or env.get("LC_CTYPE") or ""
    return locale.upper() not in ("C", "POSIX") and (encoding or "").lower().replace("-", "") == "utf8"


@contextlib.contextmanager
def _progress(*, quiet: bool) -> Iterator[Any]:
    """A function that tells what is going on: a spinner on a terminal, else a line every few seconds."""
    if quiet or sys.stderr is None:
        yield lambda _: None
    elif sys.stderr.isatty():
        with contextlib.ExitStack() as stack:
            spinners: list[Any] = []

            def spin(text: str) -> None:
                if not spinners:
                    # Not before there is something to tell: rich is slow to import.
                    from rich.console import Console  # noqa: PLC0415

                    spinners.append(stack.enter_context(Console(stderr=True).status("")))
                from rich.text import Text  # noqa: PLC0415

                spinners[0].update(Text(_harmless(text)[:200]))

            yield spin
    else:
        told = [-PROGRESS_EVERY]

        def tell(text: str) -> None:
            now = time.monotonic()
            if now - told[0] >= PROGRESS_EVERY:
                told[0] = now
                _tell(_harmless(text)[:500])

        yield tell


def _harmless(text: str) -> str:
    # What is told are lines of compilers and build scripts, which must command neither a terminal nor a runner.
    from pyo3ops.render.clean import inert, line  # noqa: PLC0415

    return inert(line(text))


#: They end this process as ^C does: with a report.
_ENDING = ("SIGTERM", "SIGHUP")


def _interrupt(number: int, _: FrameType | None) -> NoReturn:
    raise Interrupted(f"ended by {signal.Signals(number).name}")


@contextlib.contextmanager
def _signals(handler: Callable[[int, FrameType | None], Any] | signal.Handlers, *names: str) -> Iterator[None]:
    """Answer these signals, those of them that the system knows, in another way for a while."""
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    # What was ignored at the start stays so: that is how nohup keeps a program going.
    caught = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handler) for number in caught}
    try:
        yield
    finally:
        for number, usual in before.items():
            signal.signal(number, usual)


@contextlib.contextmanager
def _heard() -> Iterator[None]:
    """Interrupt again where an interrupt came at a moment that swallows it: a finalizer, importlib's own callbacks."""
    usual = sys.unraisablehook

    def hook(lost: sys.UnraisableHookArgs) -> None:
        if not isinstance(lost.exc_value, (KeyboardInterrupt, Interrupted)):
            usual(lost)
            return
        import threading  # noqa: PLC0415 - this hardly ever happens

        # Not from here: what is raised in this hook is swallowed as well. And to the thread that may be waiting.
        if hasattr(signal, "pthread_kill"):
            again = threading.Timer(0.01, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
        else:
            again = threading.Timer(0.01, signal.raise_signal, (signal.SIGINT,))
        again.start()

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = usual


@contextlib.contextmanager
def _ended_programs() -> Iterator[None]:
    try:
        yield
    finally:
        # Only where something was started is there something to end, or a module to import.
        if "pyo3ops.core.run" in sys.modules:
            # A second ^C must not leave behind what the first one was about to end; it takes a few seconds at most.
            with _signals(signal.SIG_IGN, "SIGINT", *_ENDING):
                sys.modules["pyo3ops.core.run"].end_all()
