"""What a run wrote down: stops in their order, hits of each breakpoint, how the program ended."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Iterable, Iterator, Mapping

from pyo3ops.core.run import Ended
from pyo3ops.stacks.model import Variable

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.core.run import Result
    from pyo3ops.debug.breakpoints.session import Plan

#: Bytes of one file of records, and stops, that are read.
LIMIT, STOPS = 256 * 2**20, 10_000


@dataclass(frozen=True)
class PythonCall:
    """One call as the interpreter itself told it."""

    function: str
    file: str
    line: int | None
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True)
class Stop:
    """One stop: at breakpoints (`places`, by their numbers), by a signal, or because the run was ended."""

    #: "python", "native", "signal", "interrupted" or "timeout".
    kind: str
    places: tuple[int, ...]
    #: The look of the debugger, as stacks/sources/gdb.py reads it; None without a debugger.
    raw: Mapping[str, Any] | None = None
    tid: int | None = None
    thread: str | None = None
    calls: tuple[PythonCall, ...] = ()
    signal: str = ""
    #: Why there is no look.
    problem: str = ""
    #: Seconds that the look took.
    seconds: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What became of one breakpoint."""

    hits: int = 0
    #: File and line, each where it was found.
    found: tuple[tuple[str | None, int | None], ...] = ()
    #: The file of a Python breakpoint was run, and does not have what was asked for: what it has.
    names: tuple[str, ...] | None = None
    #: The file was run, or its library loaded, and nothing is at or after the line.
    beyond: bool = False
    #: The line that was asked for has no code: the one that it stops at instead.
    moved: int | None = None
    #: Lines that have code, before one that is beyond.
    near: tuple[int, ...] = ()
    #: Processes that were forked and came there, where nothing stops.
    elsewhere: int = 0
    #: Functions of its last name that it stops at, where debug information does not tell whose they are.
    unsure: int = 0
    #: What was said of its condition, or of the breakpoint itself.
    complaint: str = ""


@dataclass(frozen=True)
class Seen:
    """All that is known of a run."""

    stops: tuple[Stop, ...]
    outcomes: tuple[Outcome, ...]
    #: None where it did not end by itself.
    code: int | None
    signal: int | None
    #: "interrupted", "timeout", or empty.
    how: str
    #: The path of the module in the debugged Python, whose frames are no program's; None where it never started.
    bootstrap: str | None
    #: The program put its own trace function in the place of ours.
    replaced: bool
    #: Why the debugger itself failed.
    problem: str
    seconds: float
    more: int = 0
    #: Why threads that Rust started had no breakpoints in Python; empty where they had, or need nothing (3.12).
    unwatched: str = ""
    #: It ran under gdb.
    debugged: bool = True
    #: It started other processes.
    children: bool = False
    #: Libraries that gdb saw it load.
    loaded: tuple[str, ...] = ()


def read(folder: Path, plan: Plan, result: Result, seconds: float) -> Seen:
    """What the files of a run say; a line that is cut short, as by a crash, is left out."""
    inside, outside = lines(folder / "records"), lines(folder / "stops")
    by_gdb = [each for each in outside if each["event"] == "stop"]
    debugged = bool(outside) or plan.interactive
    alone = [_alone(each) for each in inside if each["event"] == "hit"]
    stops = [_stop(each) for each in by_gdb] if debugged else alone
    last = next((each for each in reversed(outside) if each["event"] == "ended"), None)
    started = next((each for each in inside if each["event"] == "started"), None)
    code, killed, how = _ending(last, result, seconds, plan.timeout)
    return Seen(
        stops=tuple(stops[:STOPS]),
        outcomes=_outcomes(folder, plan, inside, outside),
        code=code,
        signal=killed,
        how=how,
        bootstrap=started["file"] if started else None,
        replaced=any(each["event"] == "ended" and each["replaced"] for each in inside),
        problem="" if last or not debugged else result.reason,
        seconds=seconds,
        more=max(0, len(stops) - STOPS),
        debugged=debugged,
        children=any(each.get("children") for each in inside if each["event"] == "ended"),
        loaded=tuple(last.get("loaded", ())) if last is not None else (),
        unwatched=last.get("unwatched", "") if last is not None else "",
    )


def lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a file of records."""
    with path.open("rb") as file:
        data = file.read(LIMIT)
    found = map(_line, data.splitlines())
    return [each for each in found if isinstance(each, dict) and "event" in each]


def told(whole: Iterable[bytes]) -> Iterator[Stop]:
    """The stops among some lines: of gdb's file, or of the interpreter's own."""
    for said in map(_line, whole):
        event = said.get("event") if isinstance(said, dict) else None
        if event in {"stop", "hit"}:
            yield _stop(said) if event == "stop" else _alone(said)


def _line(line: bytes) -> Any:  # noqa: ANN401 - whatever it is
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _ending(
    last: Mapping[str, Any] | None, result: Result, seconds: float, timeout: float
) -> tuple[int | None, int | None, str]:
    """Exit code, signal, and why it was ended from outside."""
    if last is not None:
        return last["code"], last["signal"], last["how"]
    if result.ended is Ended.SIGNALLED:
        return None, -(result.code or 0), ""
    return result.code, None, "timeout" if seconds >= timeout else ""


def _stop(said: Mapping[str, Any]) -> Stop:
    hit = said.get("hit") or {}
    return Stop(
        said["kind"],
        tuple(said["ids"]),
        said["raw"],
        said["tid"],
        hit.get("thread"),
        tuple(_call(each) for each in hit.get("calls", ())),
        said.get("signal", ""),
        said["problem"] or "",
        said["seconds"],
    )


def _alone(said: Mapping[str, Any]) -> Stop:
    calls = tuple(_call(each) for each in said["calls"])
    return Stop("python", tuple(said["ids"]), None, said["tid"], said["thread"], calls)


def _call(said: Mapping[str, Any]) -> PythonCall:
    variables = tuple(
        Variable(name, value, kind, argument=bool(argument)) for name, value, kind, argument in said["variables"]
    )
    return PythonCall(said["function"], said["file"], said["line"], variables)


def _outcomes(
    folder: Path, plan: Plan, inside: list[dict[str, Any]], outside: list[dict[str, Any]]
) -> tuple[Outcome, ...]:
    counted = struct.unpack(f"={len(plan.places)}Q", (folder / "counts").read_bytes())
    found = [Outcome(hits) for hits in counted]
    for each in outside:
        if each["event"] in {"places", "ended"}:
            _by_gdb(found, each)
    for each in inside:
        if each["event"] == "elsewhere":
            found[each["id"]] = replace(found[each["id"]], elsewhere=found[each["id"]].elsewhere + 1)
        elif each["event"] == "condition":
            found[each["id"]] = replace(found[each["id"]], complaint=each["said"])
        elif each["event"] == "resolved":
            found[each["id"]] = _resolved(found[each["id"]], each, plan.places[each["id"]].where.line)
    return tuple(found)


def _by_gdb(found: list[Outcome], said: Mapping[str, Any]) -> None:
    for number, places in said.get("places", ()):
        found[number] = replace(found[number], found=tuple((file, line) for file, line in places))
    for number, unsure in said.get("unsure", ()):
        found[number] = replace(found[number], unsure=unsure)
    for number, lines in said.get("coded", ()):
        found[number] = _coded(found[number], lines)
    for number, hits in said.get("hits", ()):
        found[number] = replace(found[number], hits=hits)
    for number, text in said.get("complaints", ()):
        found[number] = replace(found[number], complaint=text)


def _coded(before: Outcome, said: Mapping[str, Any]) -> Outcome:
    if before.found:
        return before if said["exact"] else replace(before, moved=before.found[0][1])
    return replace(before, beyond=bool(said["near"]), near=tuple(said["near"]))


def _resolved(before: Outcome, said: Mapping[str, Any], wanted: int | None) -> Outcome:
    if said["line"] is None:
        names = said.get("names")
        return replace(before, names=tuple(names) if names is not None else None, beyond=names is None)
    place = (said["file"], said["line"])
    moved = said["line"] if wanted is not None and said["line"] != wanted else before.moved
    return before if place in before.found else replace(before, found=(*before.found, place), moved=moved)
