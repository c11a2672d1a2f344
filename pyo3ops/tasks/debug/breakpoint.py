"""`pyo3ops debug breakpoint`: run a program, stop where it is asked for in both languages, show one stack each time."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator

from pyo3ops.core.errors import UsageError
from pyo3ops.core.exits import Exit
from pyo3ops.core.model import Column, Fact, Failure, Finding, Fix, Host, Report, Status, Table
from pyo3ops.debug.breakpoints import command, extensions, rust_names, session, verdict, where
from pyo3ops.debug.breakpoints import shown as own
from pyo3ops.debug.breakpoints.session import Place, Plan
from pyo3ops.stacks import shown
from pyo3ops.stacks.sources import written
from pyo3ops.tasks.debug.joined import joined, sources_of
from pyo3ops.tools import gdb as gdb_tool
from pyo3ops.tools.system import installer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyo3ops.core.model import Trace
    from pyo3ops.debug.breakpoints.records import Outcome, Seen, Stop
    from pyo3ops.debug.breakpoints.where import Where
    from pyo3ops.stacks.layers import Sources
    from pyo3ops.stacks.model import Dump
    from pyo3ops.tools.gdb import Gdb

_EXAMPLE = "pyo3ops debug breakpoint my_crate::function script.py:30 -- python script.py"


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
    #: Not called before the program ends: what turns on a terminal would turn in the middle of its output.
    progress: Callable[[str], None] = lambda _: None


def run(root: Path | None, request: Request) -> Report:
    """Run the program with breakpoints in both languages; each stop becomes a trace of the report.

    The program keeps its stdin, stderr and working directory; what it writes on stdout goes to stderr, for stdout is
    the report's. Raises `UsageError` for places and programs that cannot be, before anything starts.
    """
    started = time.monotonic()
    wheres = _wheres(request)
    cwd = _here()
    debugger = gdb_tool.ask(request.env)
    usable = debugger.path if debugger.path and not debugger.error and debugger.python else None
    program = command.read(request.command, request.env, cwd)
    _possible(wheres, program, usable, request)
    places = _resolved(wheres, program, root, request.env)
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
        return _report(request, started, (_no_gdb(debugger, request, alone=False),))
    seen = session.run(plan, usable)
    missing = () if usable or plan.places == places else (_no_gdb(debugger, request, alone=True),)
    return _seen(plan, seen, missing, sources, started=started, request=request)


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


def _resolved(
    wheres: Sequence[Where], program: command.Command, root: Path | None, env: Mapping[str, str]
) -> tuple[Place, ...]:
    if all(each.kind.is_python or each.line is not None for each in wheres):
        return tuple(Place(each) for each in wheres)
    libraries = extensions.find(program.paths, _targets(root, env))
    known = rust_names.functions(libraries)
    return tuple(
        Place(each)
        if each.kind.is_python or each.line is not None
        else Place(each, rust_names.resolve(each, known, libraries))
        for each in wheres
    )


def _targets(root: Path | None, env: Mapping[str, str]) -> Iterator[Path]:
    if env.get("CARGO_TARGET_DIR"):
        yield Path(env["CARGO_TARGET_DIR"])
    if root is not None:
        yield root / "target"


def _no_gdb(gdb: Gdb, request: Request, *, alone: bool) -> Finding:
    why = gdb.error or ("it has no Python" if gdb.path else "there is no gdb on PATH; it runs on Linux")
    left = ": breakpoints in Python work without it, those in Rust were left out" if alone else ""
    status = Status.WARN if alone else Status.UNKNOWN
    fix = installer(request.env).fix("gdb")
    return Finding("debug.breakpoint.gdb", "gdb stops the program in Rust", status, f"{why}{left}", fix=fix)


def _report(request: Request, started: float, findings: Sequence[Finding], **more: Any) -> Report:  # noqa: ANN401 - fields of a report
    return Report(
        "debug breakpoint",
        " ".join(request.command[:2]),
        Host.here(),
        findings=tuple(findings),
        strict=request.strict,
        seconds=time.monotonic() - started,
        **more,
    )


def _seen(
    plan: Plan, seen: Seen, missing: tuple[Finding, ...], sources: Sources, *, started: float, request: Request
) -> Report:
    request.progress("joining both sides of each stop")
    dumps = [_dump(stop, seen, sources) for stop in seen.stops]
    facts = [Fact("Python", plan.command.version), Fact("stops", str(sum(1 for each in seen.stops if each.places)))]
    facts += [Fact("exit code", str(seen.code))] if seen.code is not None else []
    looks = [each.seconds for each in seen.stops if each.raw is not None]
    facts += [Fact("one stop", f"{sorted(looks)[len(looks) // 2] * 1000:.0f} ms")] if looks else []
    found = [_ended(seen, plan, request), *missing, *_problems(seen), *_limited(seen, request)]
    interrupted = seen.how == "interrupted"
    return _report(
        request,
        started,
        [*found, *verdict.findings(plan, seen)],
        facts=tuple(facts),
        tables=(_table(plan, seen),),
        traces=tuple(
            trace
            for number, (stop, dump) in enumerate(zip(seen.stops, dumps), 1)
            for trace in _traces(number, stop, dump, plan, request)
        ),
        failure=Failure("interrupted", int(Exit.INTERRUPTED)) if interrupted else None,
    )


def _dump(stop: Stop, seen: Seen, sources: Sources) -> Dump:
    if stop.raw is None:
        return own.alone(stop)
    return own.of_stop(joined(written.raw(stop.raw, "gdb"), sources), stop, seen.bootstrap)


def _traces(number: int, stop: Stop, dump: Dump, plan: Plan, request: Request) -> Iterator[Trace]:
    texts = [plan.places[each].where.text for each in stop.places]
    words = {
        "signal": f"stopped by {stop.signal}",
        "interrupted": "interrupted",
        "timeout": f"not ended after {request.timeout:g} s",
    }
    what = f"stop {number}: {' and '.join(texts) or words.get(stop.kind, stop.kind)}"
    for trace in shown.traces(dump, all_frames=request.all_frames):
        yield replace(trace, title=f"{what}, {trace.title}")


def _ended(seen: Seen, plan: Plan, request: Request) -> Finding:
    """How the program ended: its code stays its own, and what is not 0 fails."""
    identity, title = "debug.breakpoint.program", "the program ran to its end"
    if seen.problem:
        fix = Fix("run it without breakpoints, to see whether it is the program", None)
        return Finding(identity, title, Status.UNKNOWN, f"the debugger ended before it: {seen.problem}", fix=fix)
    if seen.how == "interrupted":
        return Finding(identity, title, Status.UNKNOWN, "it was interrupted; the last stacks show where it was")
    if seen.how == "timeout":
        fix = Fix(f"give it longer: --timeout {request.timeout * 4:g}; the last stacks show where it was")
        return Finding(identity, title, Status.FAIL, f"it was ended after {request.timeout:g} s", fix=fix)
    if seen.signal:
        return Finding(identity, title, Status.FAIL, f"it was killed by {_signal(seen.signal)}")
    if seen.code is None:
        return Finding(identity, title, Status.SKIP if plan.interactive else Status.UNKNOWN, "it was ended with gdb")
    return Finding(identity, title, Status.FAIL if seen.code else Status.OK, f"it ended with {seen.code}")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _problems(seen: Seen) -> Iterator[Finding]:
    gaps = [gap for each in seen.stops if each.raw is not None for gap in each.raw["gaps"]]
    said = dict.fromkeys([*(each.problem for each in seen.stops if each.problem), *gaps])
    if said:
        title = "each stop shows both sides"
        yield Finding("debug.breakpoint.stack", title, Status.WARN, "; ".join(said))


def _limited(seen: Seen, request: Request) -> Iterator[Finding]:
    stops = sum(1 for each in seen.stops if each.places)
    if request.limit is not None and stops >= request.limit:
        detail = f"after {stops} stops breakpoints were taken away, and hits no longer counted"
        fix = Fix("stop more often: --limit N")
        yield Finding("debug.breakpoint.limit", "every hit was looked at", Status.SKIP, detail, fix=fix)


def _table(plan: Plan, seen: Seen) -> Table:
    columns = (Column("where"), Column("language"), Column("resolved to"), Column("hits"))
    rows = tuple(
        (_asked(place.where), place.where.kind.value, _found(place, outcome, plan.cwd), outcome.hits)
        for place, outcome in zip(plan.places, seen.outcomes)
    )
    return Table("Breakpoints", columns, rows)


def _asked(place: Where) -> str:
    return f"{place.text} if {place.condition}" if place.condition else place.text


def _found(place: Place, outcome: Outcome, cwd: Path) -> str:
    known = [(file, line) for file, line in outcome.found if file]
    if not known:
        return ", ".join(place.resolved.paths[:3]) if place.resolved and outcome.found else "-"
    shown_places = dict.fromkeys(_short(file or "", cwd) + (f":{line}" if line else "") for file, line in known)
    listed = list(shown_places)
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")  # noqa: PLR2004


def _short(file: str, cwd: Path) -> str:
    return str(Path(file).relative_to(cwd)) if cwd in Path(file).parents else file
