"""`pyo3ops debug stacktrace`: what every thread of a running process does, Python and Rust in one stack."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Callable

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Fact, Finding, Fix, Host, Report, Status
from pyo3ops.debug import refusals
from pyo3ops.stacks import build_ids, merge, shown, verdicts
from pyo3ops.stacks.model import Confidence, Gil, Language
from pyo3ops.stacks.sources import chosen
from pyo3ops.stacks.sources.protocol import Look, Target
from pyo3ops.stacks.verdicts import findings as verdict_findings
from pyo3ops.stacks.verdicts.reading import from_disk
from pyo3ops.tasks.debug.joined import sources_of, told
from pyo3ops.tasks.debug.kept import kept
from pyo3ops.tasks.debug.symbols import symbol_files
from pyo3ops.tools import processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pyo3ops.stacks.model import Dump
    from pyo3ops.stacks.raw import Raw
    from pyo3ops.stacks.sources.chosen import Looked
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
    hopeless = refusals.beforehand(process)
    if hopeless:
        return _ended(report, started, findings=(hopeless,))
    where = symbol_files(root, request.env, request.symbols, online=request.online)
    with ThreadPoolExecutor(1) as aside:
        # cargo tells of a project while the debugger looks.
        sources = aside.submit(sources_of, root, request.env)
        looked = chosen.look(Target(pid=process.pid), _look(request), request.backend)
    if not looked.raws:
        again = ("pyo3ops", "debug", "stacktrace", str(process.pid))
        found = refusals.explained(looked.refused, refusals.Circumstances.of(process), again)
        return _ended(report, started, findings=(found,))
    dumps = tuple(told(build_ids.named(merge.merged(raw), where), sources.result()) for raw in looked.raws)
    judged = _judged(dumps)
    return _ended(
        report,
        started,
        facts=(*report.facts, *_facts(dumps[-1], looked.raws)),
        findings=(*_stopped(process), _whole(dumps[-1], looked), *_addresses(dumps[-1]), *judged),
        traces=shown.traces(dumps[-1], all_frames=request.all_frames),
        artifacts=kept(dumps[-1], request.dump, "stacktrace PID"),
    )


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
            command="pyo3ops debug stacktrace --name my_program.py",
        )
    if request.pid is not None:
        found = processes.find(request.pid, request.env)
        if found is None:
            raise UsageError(
                f"there is no process {request.pid}",
                cause="it ended, or lives in another container and has another number there",
                command="pyo3ops debug stacktrace --name python",
            )
        return found
    return _named(processes.named(request.name or "", request.env), request.name or "")


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


def _facts(dump: Dump, raws: Sequence[Raw]) -> Iterator[Fact]:
    yield Fact("source", dump.source)
    if dump.process.python:
        free = ", free-threaded" if dump.process.free_threaded else ""
        yield Fact("Python", f"{dump.process.python}{free}")
    stopped = [raw.stopped for raw in raws if raw.stopped is not None]
    if stopped:
        yield Fact("stood still", ", ".join(f"{each * 1000:.0f} ms" for each in stopped))


def _whole(dump: Dump, looked: Looked) -> Finding:
    """Whether it is the whole truth that is shown, and what is missing of it."""
    threads = f"{len(dump.stacks)} thread{'s' if len(dump.stacks) != 1 else ''}"
    evidence = (*dump.gaps, *(f"{name} gave nothing: {each.said or each.reason}" for name, each in looked.refused))
    title = "both sides are in one stack"
    if dump.process.python is None and not any(
        frame.language is Language.PYTHON for stack in dump.stacks for frame in stack.frames
    ):
        detail = f"{threads}, by {dump.source}: native frames alone, for no Python interpreter is seen in this process"
        return Finding("debug.stack", title, Status.WARN, detail, evidence)
    if dump.confidence is Confidence.FULL:
        return Finding("debug.stack", title, Status.OK, f"{threads}, by {dump.source}", evidence)
    words = {
        Confidence.PARTIAL: "frames are missing where a stack says so",
        Confidence.ONE_SIDED: "one side of the boundary could not be read",
    }
    detail = f"{threads}, by {dump.source}: {words[dump.confidence]}"
    fix = Fix("see what a better source needs", ("pyo3ops", "validate", "--select", "debug"), mends=False)
    return Finding("debug.stack", title, Status.WARN, detail, evidence, fix)


def _stopped(process: Running) -> Iterator[Finding]:
    """What looks like a hang, and is ^Z."""
    if process.state == "T":
        fix = Fix("let it go on", ("kill", "-CONT", str(process.pid)))
        yield Finding("debug.stopped", "the process runs", Status.WARN, "it is stopped, by ^Z or SIGSTOP", fix=fix)


def _addresses(dump: Dump) -> Iterator[Finding]:
    """Which libraries have no names, where that keeps the stacks from being understood."""
    frames = [frame for stack in dump.stacks for frame in stack.frames if build_ids.nameless(frame)]
    if frames:
        modules = sorted({frame.module or "no known file" for frame in frames})
        number = f"{len(frames)} frame{' is an address' if len(frames) == 1 else 's are addresses'}"
        fix = Fix("bring their symbols: the store of `pyo3ops wheels symbols`, or --symbols DIR", mends=False)
        detail = f"{number} without a name, in {', '.join(modules[:3])}"
        yield Finding("debug.symbols", "every frame has a name", Status.WARN, detail, tuple(modules), fix)


def _judged(dumps: tuple[Dump, ...]) -> tuple[Finding, ...]:
    """The verdicts; where there is none, that is no good news of a process that cannot be understood."""
    found = verdicts.judge(dumps, from_disk())
    if found or not _stands_still(dumps):
        return verdict_findings.findings(found, dumps)
    detail = "a thread that has the interpreter is at the same place in every look, and another one waits for it"
    title = "no thread is seen to wait for another that waits for it"
    fix = Fix("bring the symbols of what it stands in, or look again later", mends=False)
    return (Finding(verdict_findings.OK, title, Status.UNKNOWN, detail, fix=fix),)


def _stands_still(dumps: tuple[Dump, ...]) -> bool:
    """True where somebody waits for an interpreter whose holder is nowhere named, and has not moved."""
    held = [[stack for stack in dump.stacks if stack.gil is Gil.HELD] for dump in dumps]
    places = [
        tuple((stack.thread.tid, tuple(frame.address for frame in stack.frames)) for stack in stacks) for stacks in held
    ]
    last = dumps[-1].stacks
    waited_for = any(stack.gil is Gil.WAITED_FOR for stack in last)
    unnamed = any(build_ids.nameless(frame) for stack in held[-1] for frame in stack.frames)
    return len(dumps) > 1 and waited_for and unnamed and bool(places[0]) and len(set(places)) == 1
