"""`pyo3ops debug stacktrace`: what every thread of a running process does, Python and Rust in one stack."""

from __future__ import annotations

import contextlib
import importlib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Callable

from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.core.model import Fact, Finding, Fix, Host, Report, Status
from pyo3ops.debug import refusals
from pyo3ops.stacks.sources import chosen
from pyo3ops.stacks.sources.protocol import Look, Target
from pyo3ops.tasks.debug.kept import checked
from pyo3ops.tools import processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pyo3ops.tasks.debug.understood import Ready
    from pyo3ops.tools.processes import Running

#: Processes of one name that are listed.
_LISTED = 20


@dataclass(frozen=True)
class Request:
    """Which process, by its number or by a part of its command, and how to look at it."""

    env: Mapping[str, str]
    pid: int | None = None
    name: str | None = None
    #: One of the sources; the best that is here without one.
    backend: str | None = None
    all_frames: bool = False
    #: Arguments and locals too.
    variables: bool = False
    #: One look only: the process stands still once, and nothing is said of deadlocks for certain.
    once: bool = False
    #: Seconds between the looks: what has not moved then is taken to stand still.
    pause: float = 0.2
    #: Where the whole dump goes as JSON.
    dump: Path | None = None
    symbols: tuple[Path, ...] = ()
    online: bool = False
    #: Seconds for one look.
    timeout: float = 60.0
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


def run(root: Path | None, request: Request) -> Report:
    """Look twice at a process, join what was seen, and judge it; the process goes on, whatever happens.

    `root` is a project whose crates are the user's own; None outside of any. Raises `UsageError` where there is no such
    process, or more than one of a name.
    """
    started = time.monotonic()
    process = _process(request)
    report = _report(process, request)
    checked(request.dump, "stacktrace", str(process.pid))
    hopeless = refusals.beforehand(process)
    if hopeless:
        return _ended(report, started, findings=(hopeless,))
    with ThreadPoolExecutor(1) as aside:
        # While the debugger looks, cargo tells of a project, and what understands stacks is imported.
        ready = aside.submit(_ready, root, request)
        if request.symbols or request.online:
            # What was asked for and cannot be had is said before anybody is stopped.
            ready.result()
        looked = chosen.look(Target(pid=process.pid), _look(request), request.backend)
    if not looked.raws:
        again = ("pyo3ops", "debug", "stacktrace", str(process.pid))
        found = refusals.explained(looked.refused, refusals.Circumstances.of(process), again)
        return _ended(report, started, findings=(found,))
    from pyo3ops.tasks.debug import understood  # noqa: PLC0415 - it was imported aside, while the debugger looked

    said = understood.of(looked, ready.result(), request.dump, all_frames=request.all_frames)
    facts, findings = (*report.facts, *said.facts), (*_stopped(process), *said.findings)
    shown = {"traces": said.traces, "artifacts": said.artifacts, "answer": said.answer}
    return _ended(report, started, facts=facts, findings=findings, **shown)


def _ready(root: Path | None, request: Request) -> Ready:
    """What can be had without the debugger; raises `UsageError` for folders and servers that are not there."""
    from pyo3ops.tasks.debug.joined import sources_of  # noqa: PLC0415 - as long as the debugger takes
    from pyo3ops.tasks.debug.symbols import symbol_files  # noqa: PLC0415
    from pyo3ops.tasks.debug.understood import LATER, OPTIONAL, Ready  # noqa: PLC0415

    importlib.import_module(LATER)
    with contextlib.suppress(ImportError):
        importlib.import_module(OPTIONAL)
    where = symbol_files(root, request.env, request.symbols, online=request.online)
    try:
        return Ready(where, sources_of(root, request.env))
    except ConfigError:
        # A lock file that is just being written: nobody has a process stopped for a message about that.
        return Ready(where, sources_of(None, request.env))


def _ended(report: Report, started: float, **more: Any) -> Report:  # noqa: ANN401 - fields of a report
    return replace(report, **more, seconds=time.monotonic() - started)


def _report(process: Running, request: Request) -> Report:
    facts = (Fact("process", str(process.pid)), Fact("command", process.command))
    return Report("debug stacktrace", f"{process.pid} ({process.name})", Host.here(), facts, strict=request.strict)


def _look(request: Request) -> Look:
    return Look(
        request.env,
        variables=request.variables,
        looks=1 if request.once else 2,
        pause=request.pause,
        symbol_folders=request.symbols,
        online=request.online,
        timeout=request.timeout,
        progress=request.progress,
    )


def _process(request: Request) -> Running:
    """The one process that is meant."""
    if (request.pid is None) == (request.name is None):
        raise UsageError(
            "which process is meant is told by its number or by --name, one of them",
            cause="both were given" if request.pid is not None else "neither was given",
            command="pyo3ops debug stacktrace --name my_program.py",
        )
    if request.pid is not None:
        found = processes.find(request.pid, request.env)
        if found is None:
            raise _nobody(request.pid)
        return found
    return _named(processes.named(request.name or "", request.env), request.name or "")


def _nobody(pid: int) -> UsageError:
    """There is no such process, unless a container has one that is called so."""
    contained = processes.inside(pid)
    other = "it ended, or lives in another container and has another number there"
    return UsageError(
        f"there is no process {pid}",
        cause=f"a container calls process {contained[0].pid} so ({contained[0].command[:120]})" if contained else other,
        command=f"pyo3ops debug stacktrace {contained[0].pid if contained else '--name python'}",
    )


def _named(found: Sequence[Running], name: str) -> Running:
    if not found:
        raise UsageError(
            f"no process has {name!r} in its command",
            cause="it ended, runs under another name, or belongs to somebody whose processes are hidden",
            command="ps -A -f",
        )
    if len(found) > 1:
        listed = "\n".join(f"{each.pid}  {each.command[:120]}" for each in found[:_LISTED])
        more = f"\nand {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        raise UsageError(
            f"{len(found)} processes have {name!r} in their command:\n{listed}{more}",
            cause="one is looked at at a time",
            command=f"pyo3ops debug stacktrace {found[0].pid}",
        )
    return found[0]


def _stopped(process: Running) -> Iterator[Finding]:
    """What looks like a hang, and is ^Z."""
    if process.state == "T":
        fix = Fix("let it go on", ("kill", "-CONT", str(process.pid)))
        yield Finding("debug.stopped", "the process runs", Status.WARN, "it is stopped, by ^Z or SIGSTOP", fix=fix)
