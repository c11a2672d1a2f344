"""Verbs that judge: `validate` a machine and a project, `why` an error that was printed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError
from pyo3ops.verbs.call import Call, Verb, selected

if TYPE_CHECKING:
    import argparse

    from pyo3ops.core.model import Report
    from pyo3ops.tasks.validate import Request


def _validate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--list-checks", action="store_true", help="list every check and what it is for")
    parser.add_argument(
        "--deep", action="store_true", help="also compile and import a small module with each Python (minutes)"
    )
    parser.add_argument("--online", action="store_true", help="also ask registries: do they answer, what is newer")
    parser.add_argument("--fix", action="store_true", help="show what would mend the findings, ask, do it, judge again")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--yes", action="store_true", help="with --fix: do not ask")
    how.add_argument("--dry-run", action="store_true", help="with --fix: print the commands, run nothing")


def _validate(call: Call) -> Report:
    from pyo3ops.tasks import validate  # noqa: PLC0415

    if call.args.list_checks:
        return validate.listing()
    if (call.args.yes or call.args.dry_run) and not call.args.fix:
        raise UsageError("--yes and --dry-run say how to fix", command="pyo3ops validate --fix --dry-run")

    def import_renderer() -> None:
        # It takes as long as a probe, and waiting for probes is when there is time for it.
        if not call.args.json:
            from pyo3ops.render import console  # noqa: F401, PLC0415

    request = validate.Request(
        call.env,
        call.selection,
        strict=call.args.strict,
        modes=frozenset(mode for mode in ("deep", "online") if getattr(call.args, mode)),
        progress=call.progress,
        meanwhile=import_renderer,
    )
    return _fix(call, request) if call.args.fix else validate.run(call.project, request)


def _fix(call: Call, request: Request) -> Report:
    from pyo3ops.tasks import fix  # noqa: PLC0415

    how = fix.Request(
        request,
        yes=call.args.yes,
        dry_run=call.args.dry_run,
        tell=call.tell,
        show=call.show,
        confirm=call.confirm,
    )
    return fix.run(call.project, how)


def _why_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "log",
        nargs="?",
        default="-",
        metavar="LOG",
        help="a file with the output; by default what is piped in: cargo build 2>&1 | pyo3ops why",
    )
    parser.add_argument("--list", action="store_true", help="list every cause that is known, with its cure")


def _why(call: Call) -> Report:
    from pyo3ops.tasks import why  # noqa: PLC0415

    if call.args.list:
        return why.listing()
    with why.opened(call.args.log, sys.stdin) as (stream, name):
        request = why.Request(stream, name, strict=call.args.strict, progress=call.progress)
        return selected(call, why.run(Path.cwd(), request))


VALIDATE = Verb(
    "validate",
    "judge whether this machine can build, test and ship this project",
    (
        "pyo3ops validate",
        "pyo3ops validate --select rust,python.headers --verbose",
        "pyo3ops validate --ignore python.interpreters='CI has them' --report validate.md",
        "pyo3ops validate --fix --dry-run",
    ),
    _validate_arguments,
    _validate,
)

WHY = Verb(
    "why",
    "tell the cause of an error that was piped in or logged, its cure and the command to type",
    ("pyo3ops why build.log", "pyo3ops why - --verbose", "pyo3ops why --list"),
    _why_arguments,
    _why,
)
