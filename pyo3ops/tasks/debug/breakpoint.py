"""`pyo3ops debug breakpoint`: run a program, stop where it is asked for in both languages, show one stack each time."""

from __future__ import annotations

import os
import shlex
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Iterator

from pyo3ops.core.errors import UsageError
from pyo3ops.debug.breakpoints import command, resolving, session, where
from pyo3ops.debug.breakpoints.session import Plan
from pyo3ops.tasks.debug.breakpoint_report import Stops, no_gdb, report, seen_report
from pyo3ops.tasks.debug.joined import sources_of
from pyo3ops.tools import gdb as gdb_tool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.core.model import Report, Trace
    from pyo3ops.debug.breakpoints.where import Where

#: How commands end that know no program.
_SCRIPT = " -- python script.py"
_EXAMPLE = f"pyo3ops debug breakpoint my_crate::function script.py:30{_SCRIPT}"


@dataclass(frozen=True)
class Request:
    """Where to stop in which program, and how often."""

    env: Mapping[str, str]
    where: tuple[str, ...] = ()
    #: The program and its arguments, as a shell would start them.
    command: tuple[str, ...] = ()
    #: Stop at panics, too.
    on_panic: bool = False
    #: Asked at each place that has none of its own, in the place's language.
    condition: str | None = None
    #: Hits of each breakpoint that pass, before it stops.
    ignore: int = 0
    #: Stops at most; the program then runs on. None for all.
    limit: int | None = 20
    #: Hand the terminal to gdb at the first stop.
    interactive: bool = False
    all_frames: bool = False
    #: Seconds for the whole run.
    timeout: float = 600.0
    strict: bool = False
    #: Told each stack of each stop when it happens, by another thread; the report has them all again.
    shown: Callable[[Trace], None] | None = None
    #: Not called before the program ends: what turns on a terminal would turn in the middle of its output.
    progress: Callable[[str], None] = lambda _: None


def run(root: Path | None, request: Request) -> Report:
    """Run the program with breakpoints in both languages; each stop becomes a trace of the report.

    The program keeps its stdin, stderr and working directory; what it writes on stdout goes to stderr, for stdout is
    the report's. Raises `UsageError` for places and programs that cannot be, before anything starts.
    """
    started = time.monotonic()
    cwd = _here()
    with _meant_for(request.command):
        wheres = _wheres(request)
    debugger = gdb_tool.ask(request.env)
    usable = debugger.path if debugger.path and not debugger.error and debugger.python else None
    program = command.read(request.command, request.env, cwd)
    with _meant_for(request.command):
        _possible(wheres, program, usable, request)
        places = resolving.places(wheres, program, [cwd] if root is None else [cwd, root], request.env, usable)
    plan = Plan(
        program,
        places if usable else tuple(each for each in places if each.where.kind.is_python),
        request.env,
        cwd,
        ignore=request.ignore,
        limit=request.limit,
        timeout=request.timeout,
        interactive=request.interactive,
    )
    # Before the run: the program's talk would stand in its middle.
    sources = sources_of(root, request.env)
    if not plan.places:
        return report(request, started, (no_gdb(debugger, request, alone=False),))
    stops = Stops(plan, sources, request)
    # Interactive, gdb itself shows them to whoever sits there.
    seen = session.run(plan, usable, None if request.interactive or request.shown is None else stops.show)
    missing = () if usable or plan.places == places else (no_gdb(debugger, request, alone=True),)
    return seen_report(stops, seen, missing, started=started)


@contextmanager
def _meant_for(command: Sequence[str]) -> Iterator[None]:
    """Have the way out of a refusal end in the command that was typed, in place of an example's."""
    try:
        yield
    except UsageError as error:
        if command and error.command.endswith(_SCRIPT):
            own = " ".join(shlex.quote(word) for word in command)
            error.command = f"{error.command[: -len(_SCRIPT)]} -- {own}"
        raise


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise UsageError("the current folder is gone", cause="somebody removed it", command="cd ..") from None


def _wheres(request: Request) -> tuple[Where, ...]:
    if request.ignore < 0 or (request.limit is not None and request.limit < 1):
        raise UsageError("hits and stops are counted from 1", command=_EXAMPLE)
    places = dict.fromkeys(where.parse(each) for each in request.where)
    found = [replace(each, condition=each.condition or request.condition) for each in places]
    if request.on_panic:
        found.append(where.PANIC)
    if not found:
        raise UsageError("no place to stop at is named", cause="a breakpoint, or --on panic", command=_EXAMPLE)
    return tuple(found)


def _possible(wheres: Sequence[Where], program: command.Command, gdb: str | None, request: Request) -> None:
    """Raise `UsageError` for what can be known to be in vain."""
    if program.closed and any(each.kind.is_python for each in wheres):
        raise UsageError(
            f"with {program.closed} this Python imports nothing before its program",
            cause="breakpoints in Python are set by a module on PYTHONPATH",
            command=f"leave {program.closed} out, or stop in Rust alone",
        )
    if request.interactive and not (os.isatty(0) and os.isatty(1)):
        raise UsageError("--interactive needs a terminal", cause="a person types into gdb", command=_EXAMPLE)
    if request.interactive and gdb is None:
        raise UsageError("--interactive needs gdb", cause="it is what the terminal is given to", command=_EXAMPLE)
