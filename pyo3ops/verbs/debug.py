"""The actions of `pyo3ops debug`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pyo3ops.core.errors import UsageError
from pyo3ops.verbs.call import Call, Verb, selected

if TYPE_CHECKING:
    import argparse

    from pyo3ops.core.model import Report

SUMMARY = "stacks over both languages: of a running process, a core, a pasted log, at a breakpoint"

#: As stacks/sources/chosen.py names them; a test compares.
BACKENDS = ("gdb", "lldb", "pystack", "py-spy")


def _path(text: str | None) -> Path | None:
    return Path(text).absolute() if text else None


def _shared(parser: argparse.ArgumentParser, *, variables: str, dump: bool = True) -> None:
    """What every action that shows stacks takes."""
    parser.add_argument(
        "--all-frames", action="store_true", help="also frames of the interpreter, PyO3 and libraries (default: hidden)"
    )
    if variables:
        parser.add_argument("--locals", action="store_true", help=variables)
    parser.add_argument(
        "--symbols",
        action="append",
        default=[],
        metavar="DIR",
        help="a store of `wheels symbols`, or another folder with .build-id in it",
    )
    parser.add_argument("--online", action="store_true", help="ask the servers in DEBUGINFOD_URLS for symbols")
    if dump:
        parser.add_argument("--dump", metavar="FILE", help="write every frame as JSON, for `debug crash` to read again")


def _symbols(call: Call) -> tuple[Path, ...]:
    return tuple(Path(each).absolute() for each in call.args.symbols)


def _stacktrace_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pid", nargs="?", type=_number, metavar="PID", help="the number of the process")
    parser.add_argument("--name", metavar="TEXT", help="the process that has this in its command")
    parser.add_argument("--backend", choices=BACKENDS, help="who reads (default: the first that is here and can)")
    parser.add_argument("--once", action="store_true", help="look once: the process stands still for half as long")
    parser.add_argument(
        "--pause", type=_seconds, default=0.2, metavar="S", help="seconds between the two looks (default: 0.2)"
    )
    parser.add_argument("--timeout", type=_seconds, default=60.0, metavar="S", help="seconds for it all (default: 60)")
    _shared(parser, variables="also arguments and locals of both languages")


def _number(text: str) -> int:
    # What argparse says of a bare int() names no cause.
    if not text.isdigit() or not 0 < int(text) < 2**31:
        raise UsageError(f"{text} is no number of a process", command=f"pyo3ops debug stacktrace --name {text}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 86_400:  # noqa: PLR2004 - a day
        raise UsageError(f"{text} is no time in seconds", command="pyo3ops debug stacktrace --help")
    return value


def _stacktrace(call: Call) -> Report:
    from pyo3ops.tasks.debug import stacktrace  # noqa: PLC0415 - see the docstring of verbs

    request = stacktrace.Request(
        env=call.env,
        pid=call.args.pid,
        name=call.args.name,
        backend=call.args.backend,
        all_frames=call.args.all_frames,
        variables=call.args.locals,
        once=call.args.once,
        pause=call.args.pause,
        dump=_path(call.args.dump),
        symbols=_symbols(call),
        online=call.args.online,
        timeout=call.args.timeout,
        strict=call.args.strict,
        progress=call.progress,
    )
    return selected(call, stacktrace.run(call.project_if_any, request))


def _core_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the core")
    parser.add_argument("--exe", metavar="FILE", help="the Python that left it (default: as the core says)")
    parser.add_argument(
        "--sysroot", metavar="DIR", help="the files of the machine or the container that it is from, by their paths"
    )
    parser.add_argument("--backend", choices=BACKENDS, help="who reads (default: the first that is here and can)")
    parser.add_argument("--no-locals", action="store_true", help="leave arguments and locals out: faster")
    parser.add_argument(
        "--timeout", type=_seconds, default=120.0, metavar="S", help="seconds for it all (default: 120)"
    )
    _shared(parser, variables="")


def _core(call: Call) -> Report:
    from pyo3ops.tasks.debug import core  # noqa: PLC0415

    request = core.Request(
        env=call.env,
        file=Path(call.args.file).absolute(),
        executable=_path(call.args.exe),
        sysroot=_path(call.args.sysroot),
        backend=call.args.backend,
        all_frames=call.args.all_frames,
        variables=not call.args.no_locals,
        dump=_path(call.args.dump),
        symbols=_symbols(call),
        online=call.args.online,
        timeout=call.args.timeout,
        strict=call.args.strict,
        progress=call.progress,
    )
    return selected(call, core.run(call.project_if_any, request))


def _crash_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("log", metavar="LOG", help="the file with what was printed; - reads it from stdin")
    parser.add_argument(
        "--redact", action="store_true", help="leave out home folders, names, addresses and secrets, to share it"
    )
    _shared(parser, variables="")


def _crash(call: Call) -> Report:
    from pyo3ops.tasks.debug import crash  # noqa: PLC0415

    piped = call.args.log == "-"
    request = crash.Request(
        env=call.env,
        source=None if piped else Path(call.args.log).absolute(),
        stream=_piped() if piped else None,
        redact=call.args.redact,
        all_frames=call.args.all_frames,
        dump=_path(call.args.dump),
        symbols=_symbols(call),
        online=call.args.online,
        strict=call.args.strict,
        progress=call.progress,
    )
    return selected(call, crash.run(call.project_if_any, request))


def _piped() -> IO[bytes]:
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "there is no log to read",
            cause="name a file, or pipe the output in",
            command="python script.py 2>&1 | pyo3ops debug crash -",
        )
    return sys.stdin.buffer


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
        "--timeout", type=_seconds, default=600.0, metavar="S", help="seconds for the program (default: 600)"
    )
    parser.add_argument(
        "--all-frames", action="store_true", help="also frames of the interpreter, PyO3 and libraries (default: hidden)"
    )


def _count(text: str) -> int:
    if not text.isdigit():
        raise UsageError(f"{text} is no count", command="pyo3ops debug breakpoint --help")
    return int(text)


def _breakpoint(call: Call) -> Report:
    from pyo3ops.tasks.debug import breakpoint as task  # noqa: PLC0415

    request = task.Request(
        env=call.env,
        where=tuple(call.args.where),
        command=call.args.command,
        on_panic="panic" in call.args.on,
        condition=call.args.condition,
        ignore=call.args.ignore_hits,
        limit=call.args.limit or None,
        interactive=call.args.interactive,
        all_frames=call.args.all_frames,
        timeout=call.args.timeout,
        strict=call.args.strict,
        progress=call.progress,
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
        env=call.env,
        force=call.args.force,
        dry_run=call.args.dry_run,
        port=call.args.port,
        strict=call.args.strict,
        progress=call.progress,
    )
    return selected(call, vscode.run(call.project, request))


VERBS = (
    Verb(
        "debug stacktrace",
        "show what every thread of a running process does, Python and Rust in one stack, and who waits for whom",
        (
            "pyo3ops debug stacktrace 4711",
            "pyo3ops debug stacktrace --name my_server.py --locals",
            "pyo3ops debug stacktrace 4711 --all-frames --report stuck.html",
        ),
        _stacktrace_arguments,
        _stacktrace,
    ),
    Verb(
        "debug core",
        "show how a process died: the signal, the address, every thread's merged stack, what is missing to see more",
        (
            "pyo3ops debug core core.4711",
            "pyo3ops debug core core.4711 --exe .venv/bin/python --symbols .pyo3ops/symbols",
        ),
        _core_arguments,
        _core,
    ),
    Verb(
        "debug crash",
        "read what a crash printed, pasted in any mixture: one stack, a signature, the likely cause, the next step",
        (
            "pyo3ops debug crash ci.log",
            "pyo3ops debug crash - --redact --report crash.md",
        ),
        _crash_arguments,
        _crash,
    ),
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
