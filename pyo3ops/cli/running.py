"""One call of the command line, from its words to the exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.cli import parser, streams
from pyo3ops.cli.output import Output
from pyo3ops.cli.signals import heard_again
from pyo3ops.core.errors import Interrupted, Pyo3opsError, UsageError
from pyo3ops.core.exits import Exit
from pyo3ops.verbs import NOX, VERBS
from pyo3ops.verbs.call import Call

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from pyo3ops.cli.signals import Ears
    from pyo3ops.core.model import Report


def main(argv: Sequence[str], env: Mapping[str, str], ears: Ears) -> int:
    """Run one verb, deliver its report and return the exit code."""
    argv, command = split(argv)
    output = Output.of(argv, env)
    try:
        try:
            with heard_again():
                ears.open()
                args = _arguments(argv, env)
                args.command = command
                # From here on every ending is in the reports that were asked for: an old one must not be taken for new.
                output = output.told(args)
                report = _run(args, output)
        finally:
            # A second ^C must not leave behind what the first one was about to end; it takes a few seconds at most.
            ears.close()
            _end_programs()
    except KeyboardInterrupt:
        report = _failed(argv, Interrupted("interrupted"))
    except Pyo3opsError as error:
        report = _failed(argv, error)
    except Exception:  # noqa: BLE001 - a bug of ours, reported as one
        report = _crashed(argv)
    return _delivered(argv, report, output, ears)


def _delivered(argv: Sequence[str], report: Report, output: Output, ears: Ears) -> int:
    try:
        return output.deliver(_logged(argv, report), ears.check)
    except KeyboardInterrupt:
        report = _failed(argv, Interrupted("interrupted"))
    except Interrupted as error:
        report = _failed(argv, error)
    except Exception:  # noqa: BLE001 - a renderer that crashes is reported like a task that does
        report = _logged(argv, _crashed(argv))
    return output.deliver(report)


def split(argv: Sequence[str]) -> tuple[Sequence[str], tuple[str, ...]]:
    """Our own words, and the command behind `--` of a verb that takes one."""
    end = list(argv).index("--") if "--" in argv else len(argv)
    taking = {verb.name for verb in VERBS if verb.takes_command}
    return (argv[:end], tuple(argv[end + 1 :])) if task_of(argv[:end]) in taking else (argv, ())


def task_of(argv: Sequence[str]) -> str:
    """The verb that a command line names, as far as can be told without parsing it."""
    names = {verb.name for verb in VERBS}
    words = [word for word in argv if not word.startswith("-")]
    pairs = (" ".join(words[:count]) for count in (2, 1))
    return next((name for name in pairs if name in names), next((word for word in words if word in names), "pyo3ops"))


def _arguments(argv: Sequence[str], env: Mapping[str, str]) -> argparse.Namespace:
    made = parser.made()
    if argv[:1] == [NOX.name] and argv[1:2] not in (["-h"], ["--help"]):
        raise SystemExit(_nox(argv[1:], env))
    return made.parse_args(argv)


def _run(args: argparse.Namespace, output: Output) -> Report:
    env = output.env
    with streams.progress(quiet=args.quiet) as progress:
        # Nobody can be asked where the question would not be seen, or the answer comes from a file.
        terminal = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
        talk = (lambda _: None) if args.quiet else lambda text: streams.tell(streams.harmless(text))
        call = Call(
            args, env, progress, talk, Output.of((), env).show, streams.confirm if terminal else None, output.live
        )
        call.verify_selection()
        report: Report = args.verb.run(call)
    return report


def _nox(args: Sequence[str], env: Mapping[str, str]) -> int:
    from pyo3ops.core.run import handover  # noqa: PLC0415 - what --help need not wait for
    from pyo3ops.tasks import nox  # noqa: PLC0415

    argv, inside = nox.command(Path.cwd(), args, env)
    result = handover(argv, env=inside)
    if result.code is None:
        raise UsageError(result.reason, cause="nox is not installed", command="pip install 'pyo3ops[sessions]'")
    return Exit.INTERRUPTED if result.code < 0 else result.code


def _end_programs() -> None:
    # Only where something was started is there something to end, or a module to import.
    if "pyo3ops.core.run" in sys.modules:
        sys.modules["pyo3ops.core.run"].end_all()


def _failed(argv: Sequence[str], error: Pyo3opsError) -> Report:
    from pyo3ops.core.model import Failure, Host, Report  # noqa: PLC0415 - what --help need not wait for

    return Report(task=task_of(argv), host=Host.here(), failure=Failure.of(error))


def _crashed(argv: Sequence[str]) -> Report:
    import traceback  # noqa: PLC0415 - for a crash alone

    from pyo3ops.core.model import Failure, Host, Report  # noqa: PLC0415

    trace = traceback.format_exc()
    last = trace.rstrip().rpartition("\n")[2]
    failure = Failure(f"a bug in pyo3ops: {last}", Exit.INTERNAL, trace, "report it with the log, please")
    return Report(task=task_of(argv), host=Host.here(), failure=failure)


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
