"""What a run says of each breakpoint: reached or not, and why probably not."""

from __future__ import annotations

import difflib
from pathlib import PurePath
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.debug.breakpoints.where import Kind

if TYPE_CHECKING:
    from pyo3ops.debug.breakpoints.records import Outcome, Seen
    from pyo3ops.debug.breakpoints.session import Place, Plan

_TABLES = Fix('build it with `debug = "line-tables-only"` in the profile, and without `strip`')


def findings(plan: Plan, seen: Seen) -> Iterator[Finding]:
    """One for each breakpoint that was never reached, or whose condition could not be told."""
    for place, outcome in zip(plan.places, seen.outcomes):
        where = place.where
        if outcome.complaint and outcome.hits:
            yield Finding(
                "debug.breakpoint.condition",
                f"the condition of {where.text} can be told",
                Status.WARN,
                f"{outcome.complaint}: it stopped each time",
                fix=_condition_fix(place),
            )
        if not outcome.hits:
            why, fix = _why(place, outcome, plan, seen)
            # That nothing panicked is as good an answer as any.
            status = Status.OK if where.kind is Kind.PANIC and outcome.found else Status.WARN
            title = "a panic stops it" if where.kind is Kind.PANIC else f"{where.text} was reached"
            yield Finding("debug.breakpoint.reached", title, status, why, fix=fix)


def _condition_fix(place: Place) -> Fix:
    if place.where.kind.is_python:
        return Fix("write it in Python, with names that the function has where it stops")
    return Fix("write it as gdb takes it; variables need `debug = true` in the profile, for line tables have none")


def _why(place: Place, outcome: Outcome, plan: Plan, seen: Seen) -> tuple[str, Fix | None]:
    """The likely reason, and what to do about it."""
    if outcome.complaint:
        return f"the debugger refused it: {outcome.complaint}", None
    if place.where.kind is Kind.PANIC:
        return ("nothing panicked" if outcome.found else "no Rust library with symbols was loaded"), None
    if place.where.kind.is_python:
        return _why_python(place, outcome, plan, seen)
    return _why_native(place, outcome)


def _held(place: Place) -> str:
    return f", or `{place.where.condition}` never held" if place.where.condition else ""


def _why_python(place: Place, outcome: Outcome, plan: Plan, seen: Seen) -> tuple[str, Fix | None]:
    where = place.where
    if seen.bootstrap is None:
        return "the interpreter did not import the module that sets breakpoints", Fix(
            "start it without -I, -E and -S, and let no launcher clear PYTHONPATH"
        )
    if outcome.names is not None:
        near = difflib.get_close_matches(where.name, outcome.names, 3, 0.5)
        there = f"; it has {', '.join(near)}" if near else ""
        return f"{where.file or where.module} has no function {where.name}{there}", None
    if outcome.beyond:
        return f"{where.file} has no code at line {where.line}, or after it", None
    if not outcome.found:
        what = f"{where.module} was never imported" if where.module else _never_run(where.file or "", plan)
        return what, None
    if seen.replaced:
        return "the program put a trace function of its own in place of the one that watches breakpoints", Fix(
            "run it without coverage, or another debugger; from Python 3.12 on the two do not meet"
        )
    alone = "" if plan.command.monitors else "; before 3.12, threads that Rust starts are not watched"
    return f"it was found, and not called{_held(place)}{alone}", None


def _never_run(file: str, plan: Plan) -> str:
    if not (plan.cwd / file).is_file():
        return f"no file {file} was run, and none is here"
    return f"{file} was never run or imported"


def _why_native(place: Place, outcome: Outcome) -> tuple[str, Fix | None]:
    where, resolved = place.where, place.resolved
    if outcome.found:
        elsewhere = "; where the compiler put it into its callers, nothing is left to stop at" if not where.line else ""
        return f"it was found, and not reached{_held(place)}{elsewhere}", None
    if where.line is not None:
        name = PurePath(where.file or "").name
        return f"no library that was loaded has lines of {name}", _TABLES
    if resolved is not None and resolved.symbols:
        return "the library that has it was not loaded", None
    doubt = f": {resolved.doubt}" if resolved is not None and resolved.doubt else ""
    return f"no library that was loaded has a function of this name{doubt}", _TABLES
