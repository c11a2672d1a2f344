"""The actions of `pyo3ops debug` that show stacks which are there: of a process, in a core, in a log."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pyo3ops.core.errors import UsageError
from pyo3ops.verbs import words
from pyo3ops.verbs.call import Call, Verb, selected

if TYPE_CHECKING:
    import argparse

    from pyo3ops.core.model import Report

#: As stacks/sources/chosen.py names them; a test compares.
BACKENDS = ("gdb", "lldb", "pystack", "py-spy")


def add_all_frames(parser: argparse.ArgumentParser) -> None:
    """The option of whatever shows stacks."""
    parser.add_argument(
        "--all-frames", action="store_true", help="also frames of the interpreter, PyO3 and libraries (default: hidden)"
    )


def _shared(parser: argparse.ArgumentParser) -> None:
    """What every action here takes."""
    add_all_frames(parser)
    parser.add_argument(
        "--symbols",
        action="append",
        default=[],
        metavar="DIR",
        help="a store of `wheels symbols`, or another folder with .build-id in it",
    )
    parser.add_argument("--online", action="store_true", help="ask the servers in DEBUGINFOD_URLS for symbols")
    parser.add_argument("--dump", metavar="FILE", help="write every frame as JSON, for `debug crash` to read again")


def _said(call: Call) -> dict[str, Any]:
    """What these say, with what every request takes."""
    args = call.args
    return {
        **call.basics,
        "all_frames": args.all_frames,
        "symbols": words.paths(args.symbols),
        "online": args.online,
        "dump": words.path(args.dump),
    }


def _reader(parser: argparse.ArgumentParser, seconds: float) -> None:
    """Who reads, and how long that may take."""
    parser.add_argument("--backend", choices=BACKENDS, help="who reads (default: the first that is here and can)")
    parser.add_argument(
        "--timeout",
        type=words.seconds,
        default=seconds,
        metavar="S",
        help=f"seconds for it all (default: {seconds:.0f})",
    )


def _stacktrace_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pid", nargs="?", type=_number, metavar="PID", help="the number of the process")
    parser.add_argument("--name", metavar="TEXT", help="the process that has this in its command")
    parser.add_argument("--once", action="store_true", help="look once: the process stands still for half as long")
    parser.add_argument(
        "--pause", type=words.seconds, default=0.2, metavar="S", help="seconds between the two looks (default: 0.2)"
    )
    _reader(parser, 60.0)
    parser.add_argument("--locals", action="store_true", help="also arguments and locals of both languages")
    _shared(parser)


def _number(text: str) -> int:
    # What argparse says of a bare int() names no cause.
    if text.isdigit() and 0 < int(text) < 2**31:
        return int(text)
    if text.lstrip("+-").isdigit():
        raise UsageError(
            f"{text} is no number of a process", cause="these are 1 and more, up to 4194304", command="ps -A -f"
        )
    raise UsageError(
        f"{text} is no number of a process",
        cause="a part of its command is given with --name",
        command=f"pyo3ops debug stacktrace --name {shlex.quote(text)}",
    )


def _stacktrace(call: Call) -> Report:
    from pyo3ops.tasks.debug import stacktrace  # noqa: PLC0415 - see the docstring of verbs

    request = stacktrace.Request(
        **_said(call),
        pid=call.args.pid,
        name=call.args.name,
        backend=call.args.backend,
        variables=call.args.locals,
        once=call.args.once,
        pause=call.args.pause,
        timeout=call.args.timeout,
    )
    return selected(call, stacktrace.run(call.project_if_any, request))


def _core_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the core")
    parser.add_argument("--exe", metavar="FILE", help="the Python that left it (default: as the core says)")
    parser.add_argument(
        "--sysroot", metavar="DIR", help="the files of the machine or the container that it is from, by their paths"
    )
    parser.add_argument("--no-locals", action="store_true", help="leave arguments and locals out: faster")
    _reader(parser, 120.0)
    _shared(parser)


def _core(call: Call) -> Report:
    from pyo3ops.tasks.debug import core  # noqa: PLC0415

    request = core.Request(
        **_said(call),
        file=Path(call.args.file).absolute(),
        executable=words.path(call.args.exe),
        sysroot=words.path(call.args.sysroot),
        backend=call.args.backend,
        variables=not call.args.no_locals,
        timeout=call.args.timeout,
    )
    return selected(call, core.run(call.project_if_any, request))


def _crash_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("log", metavar="LOG", help="the file with what was printed; - reads it from stdin")
    parser.add_argument(
        "--redact", action="store_true", help="leave out home folders, names, addresses and secrets, to share it"
    )
    _shared(parser)


def _crash(call: Call) -> Report:
    from pyo3ops.tasks.debug import crash  # noqa: PLC0415

    piped = call.args.log == "-"
    request = crash.Request(
        **_said(call),
        source=None if piped else Path(call.args.log).absolute(),
        stream=_piped() if piped else None,
        redact=call.args.redact,
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
)
