"""The actions of `pyo3ops debug`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError
from pyo3ops.verbs import stacks, words
from pyo3ops.verbs.call import Call, Verb, selected

if TYPE_CHECKING:
    import argparse

    from pyo3ops.core.model import Report

SUMMARY = "stacks over both languages: of a running process, a core, a pasted log, at a breakpoint"


def _breakpoint_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "where",
        nargs="*",
        metavar="WHERE",
        help="crate::function, /regex/, src/lib.rs:12, script.py:30, script.py::function or module:function; "
        "each may end in ' if EXPRESSION'",
    )
    parser.add_argument("--on", choices=("panic",), action="append", default=[], help="stop at every panic as well")
    parser.add_argument("--condition", metavar="EXPR", help="stop only where this holds, for places without their own")
    parser.add_argument("--ignore-hits", type=_count, default=0, metavar="N", help="let the first N hits of each pass")
    parser.add_argument(
        "--limit",
        type=_count,
        default=20,
        metavar="N",
        help="stops before the program runs on (default: 20; 0: no end)",
    )
    parser.add_argument("--interactive", action="store_true", help="hand the terminal over to gdb at the first stop")
    parser.add_argument(
        "--timeout", type=words.seconds, default=600.0, metavar="S", help="seconds for the program (default: 600)"
    )
    stacks.add_all_frames(parser)


def _count(text: str) -> int:
    if not text.isdigit():
        raise UsageError(f"{text} is no count", command="pyo3ops debug breakpoint --help")
    return int(text)


def _breakpoint(call: Call) -> Report:
    from pyo3ops.tasks.debug import breakpoint as task  # noqa: PLC0415

    request = task.Request(
        **call.basics,
        where=tuple(call.args.where),
        command=call.args.command,
        on_panic="panic" in call.args.on,
        condition=call.args.condition,
        ignore=call.args.ignore_hits,
        limit=call.args.limit or None,
        interactive=call.args.interactive,
        all_frames=call.args.all_frames,
        timeout=call.args.timeout,
        shown=call.shown,
    )
    return selected(call, task.run(call.project_if_any, request))


def _vscode_arguments(parser: argparse.ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--force", action="store_true", help="write entries of pyo3ops anew that somebody has changed")
    how.add_argument("--dry-run", action="store_true", help="say what would be added, and write nothing")
    parser.add_argument(
        "--port", type=_port, default=5678, metavar="N", help="where the Python side is met (default: 5678)"
    )


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 2**16:
        raise UsageError(f"{text} is no port", command="pyo3ops debug vscode --port 5678")
    return int(text)


def _vscode(call: Call) -> Report:
    from pyo3ops.tasks.debug import vscode  # noqa: PLC0415

    request = vscode.Request(
        **call.basics,
        force=call.args.force,
        dry_run=call.args.dry_run,
        port=call.args.port,
    )
    return selected(call, vscode.run(call.project, request))


VERBS = (
    *stacks.VERBS,
    Verb(
        "debug breakpoint",
        "run a program and show the merged stack, arguments and locals at places in either language",
        (
            "pyo3ops debug breakpoint my_crate::parse script.py:30 -- python script.py",
            "pyo3ops debug breakpoint --on panic -- python -m pytest -x",
            "pyo3ops debug breakpoint src/lib.rs:12 --condition 'n > 3' --interactive -- python script.py",
        ),
        _breakpoint_arguments,
        _breakpoint,
        takes_command=True,
    ),
    Verb(
        "debug vscode",
        "write launch.json and tasks.json for a session in both languages, and leave a user's own entries alone",
        ("pyo3ops debug vscode", "pyo3ops debug vscode --dry-run"),
        _vscode_arguments,
        _vscode,
    ),
)
