"""What a run says of each breakpoint: reached or not, and why probably not."""

from __future__ import annotations

import difflib
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Finding, Fix, Status
from pyo3ops.debug.breakpoints import extensions, rust_files
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
        if outcome.moved is not None:
            moved = f"{where.text} has no code; it stops at line {outcome.moved}"
            meant = Fix(f"name the line that is meant: {where.file}:{outcome.moved}")
            yield Finding("debug.breakpoint.line", f"{where.text} has code", Status.WARN, moved, fix=meant)
        if outcome.unsure:
            yield _unsure(place, outcome)
        if outcome.elsewhere:
            yield _elsewhere(place, outcome)
        if not outcome.hits:
            why, fix = _why(place, outcome, plan, seen)
            # That nothing panicked is as good an answer as any.
            status = Status.OK if where.kind is Kind.PANIC and outcome.found else Status.WARN
            title = "a panic stops it" if where.kind is Kind.PANIC else f"{where.text} was reached"
            yield Finding("debug.breakpoint.reached", title, status, why, fix=fix)


def _elsewhere(place: Place, outcome: Outcome) -> Finding:
    who = "a process" if outcome.elsewhere == 1 else f"{outcome.elsewhere:,} processes"
    detail = f"{who} that the program forked came there, too, where nothing stops"
    fix = Fix("have the first process do the work; of another one `pyo3ops debug stacktrace PID` shows the stacks")
    title = f"{place.where.text} stops wherever it is reached"
    return Finding("debug.breakpoint.elsewhere", title, Status.WARN, detail, fix=fix)


def _unsure(place: Place, outcome: Outcome) -> Finding:
    many = "one function of this name is" if outcome.unsure == 1 else f"{outcome.unsure:,} functions of this name are"
    detail = f"with line tables alone, and without the source, {many} stopped at: it is not known whose"
    fix = Fix("build it with `debug = true` in the profile, or run this where its source is")
    title = f"{place.where.text} alone is stopped at"
    return Finding("debug.breakpoint.name", title, Status.WARN, detail, fix=fix)


def _condition_fix(place: Place) -> Fix:
    if place.where.kind.is_python:
        return Fix("write it in Python, with names that the function has where it stops")
    return Fix("write it as gdb takes it; variables need `debug = true` in the profile, for line tables have none")


def _why(place: Place, outcome: Outcome, plan: Plan, seen: Seen) -> tuple[str, Fix | None]:
    """The likely reason, and what to do about it."""
    if outcome.complaint:
        return f"the debugger refused it: {outcome.complaint}", None
    stops = sum(1 for each in seen.stops if each.places)
    if plan.limit is not None and stops >= plan.limit:
        called = "the program came there" if place.where.line else "it was called"
        why = f"stopping ended at --limit {plan.limit}, before {called}"
        return why, Fix(f"stop more often: --limit {plan.limit * 4}")
    if place.where.kind is Kind.PANIC:
        return ("nothing panicked" if outcome.found else "no Rust library with symbols was loaded"), None
    python = place.where.kind.is_python
    why, fix = _why_python(place, outcome, plan, seen) if python else _why_native(place, outcome, seen)
    others = "; other processes, which the program started, are not watched" if seen.children else ""
    return f"{why}{others}", fix


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
    return f"it was found, and not {'reached' if where.line else 'called'}{_held(place)}{_foreign(plan, seen)}", None


def _foreign(plan: Plan, seen: Seen) -> str:
    """What threads that Rust starts may have run unseen: sys.settrace is for one thread, and gdb gives it to others."""
    if plan.command.monitors or (seen.debugged and not seen.unwatched):
        return ""
    why = seen.unwatched or "that takes gdb"
    return f"; before 3.12, threads that Rust starts were not watched: {why}"


def _never_run(file: str, plan: Plan) -> str:
    if not (plan.cwd / file).is_file():
        return f"no file {file} was run, and none is here"
    return f"{file} was never run or imported"


def _why_native(place: Place, outcome: Outcome, seen: Seen) -> tuple[str, Fix | None]:
    where, resolved = place.where, place.resolved
    if outcome.found:
        elsewhere = "; where the compiler put it into its callers, nothing is left to stop at" if not where.line else ""
        if where.line and not where.condition:
            elsewhere = "; in optimised code it may be a part of others: stop at the function, or build with `dev`"
        return f"it was found, and not reached{_held(place)}{elsewhere}", None
    if outcome.beyond:
        last = f"; the last line that has some is {max(outcome.near)}" if outcome.near else ""
        return f"{where.file} has no code at line {where.line}, or after it{last}", None
    rust = [PurePath(each).name for each in seen.loaded if extensions.is_rust(Path(each))]
    if seen.loaded and not rust:
        return "the program loaded no Rust extension", None
    loaded = f" ({', '.join(rust[:3])}{', ...' if len(rust) > 3 else ''})" if rust else ""  # noqa: PLR2004
    if where.line is not None:
        file = PurePath(where.file or "")
        there = rust_files.near(file.name, [Path(each) for each in seen.loaded])
        fix = Fix(f"name the file that is meant: {file.with_name(there[0])}:{where.line}") if there else _TABLES
        has = f"; there are lines of {', '.join(there)}" if there else ""
        return f"no library that was loaded has lines of {file.name}{loaded}{has}", fix
    if resolved is not None and resolved.symbols:
        return "the library that has it was not loaded", None
    doubt = f": {resolved.doubt}" if resolved is not None and resolved.doubt else ""
    return f"no library that was loaded has a function of this name{loaded}{doubt}", _TABLES
