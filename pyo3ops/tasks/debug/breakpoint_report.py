"""What a run with breakpoints was, as a report: how the program ended, each stop, what became of each breakpoint."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

from pyo3ops.core.exits import Exit
from pyo3ops.core.model import Column, Fact, Failure, Finding, Fix, Host, Report, Status, Table
from pyo3ops.debug.breakpoints import shown as own
from pyo3ops.debug.breakpoints import verdict
from pyo3ops.debug.breakpoints.session import BOOTSTRAP
from pyo3ops.stacks import shown
from pyo3ops.stacks.sources import written
from pyo3ops.tasks.debug.joined import joined
from pyo3ops.tools.system import installer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.core.model import Trace
    from pyo3ops.debug.breakpoints.records import Outcome, Seen, Stop
    from pyo3ops.debug.breakpoints.session import Place, Plan
    from pyo3ops.debug.breakpoints.where import Where
    from pyo3ops.stacks.layers import Sources
    from pyo3ops.stacks.model import Dump
    from pyo3ops.tasks.debug.breakpoint import Request
    from pyo3ops.tools.gdb import Gdb

#: What looks after breakpoints in the debugged Python: its calls, and those of its neighbours, are no program's.
_BOOTSTRAP = str(BOOTSTRAP / "pyo3ops_breakpoints.py")


def no_gdb(gdb: Gdb, request: Request, *, alone: bool) -> Finding:
    """That there is no gdb; `alone` where the interpreter stops without it."""
    why = gdb.error or ("it has no Python" if gdb.path else "there is no gdb on PATH; it runs on Linux")
    left = ": breakpoints in Python work without it, those in Rust were left out" if alone else ""
    status = Status.WARN if alone else Status.UNKNOWN
    fix = installer(request.env).fix("gdb")
    return Finding("debug.breakpoint.gdb", "gdb stops the program in Rust", status, f"{why}{left}", fix=fix)


def report(request: Request, started: float, findings: Sequence[Finding], **more: Any) -> Report:  # noqa: ANN401 - fields of a report
    """The report of a request, whatever is in it; `started` is what time.monotonic() said."""
    return Report(
        "debug breakpoint",
        " ".join(request.command[:2]),
        Host.here(),
        findings=tuple(findings),
        strict=request.strict,
        seconds=time.monotonic() - started,
        **more,
    )


def seen_report(stops: Stops, seen: Seen, missing: tuple[Finding, ...], *, started: float) -> Report:
    """The report of a run: each stop becomes a trace."""
    plan, request = stops.plan, stops.request
    request.progress("joining both sides of each stop")
    facts = [Fact("Python", plan.command.version), Fact("stops", str(sum(1 for each in seen.stops if each.places)))]
    facts += [Fact("exit code", str(seen.code))] if seen.code is not None else []
    facts += [Fact("other processes", "started by the program, and not watched")] if seen.children else []
    looks = [each.seconds for each in seen.stops if each.raw is not None]
    facts += [Fact("one stop", f"{sorted(looks)[len(looks) // 2] * 1000:.0f} ms")] if looks else []
    found = [_ended(seen, plan, request), *missing, *_problems(seen), *_limited(seen, request)]
    interrupted = seen.how == "interrupted"
    return report(
        request,
        started,
        [*found, *verdict.findings(plan, seen)],
        facts=tuple(facts),
        tables=(_table(plan, seen),),
        traces=tuple(trace for number, stop in enumerate(seen.stops) for trace in stops.traces(number, stop)),
        failure=Failure("interrupted", int(Exit.INTERRUPTED)) if interrupted else None,
    )


class Stops:
    """The stops of a run as stacks to be shown, each made once: when it happens, or for the report."""

    def __init__(self, plan: Plan, sources: Sources, request: Request) -> None:
        self.plan = plan
        self.request = request
        self._sources = sources
        self._made: dict[int, tuple[Trace, ...]] = {}

    def show(self, number: int, stop: Stop) -> None:
        """Tell whoever asked for it the stacks of a stop; they are numbered from 0."""
        for trace in self.traces(number, stop):
            if self.request.shown is not None:
                self.request.shown(trace)

    def traces(self, number: int, stop: Stop) -> tuple[Trace, ...]:
        """The stacks of a stop."""
        if number not in self._made:
            dump = _dump(stop, self._sources)
            self._made[number] = tuple(_traces(number + 1, stop, dump, self.plan, self.request))
        return self._made[number]


def _dump(stop: Stop, sources: Sources) -> Dump:
    if stop.raw is None:
        return own.alone(stop)
    return own.of_stop(joined(written.raw(stop.raw, "gdb"), sources), stop, _BOOTSTRAP)


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
