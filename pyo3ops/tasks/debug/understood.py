"""What is said of the looks at a running process: read, joined and judged; imported while the debugger looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Iterator

from pyo3ops.core.model import Fact, Finding, Fix, Status
from pyo3ops.stacks import build_ids, merge, shown, verdicts
from pyo3ops.stacks.model import Confidence, Gil, Language
from pyo3ops.stacks.verdicts import findings as verdict_findings
from pyo3ops.stacks.verdicts.reading import from_disk
from pyo3ops.tasks.debug.joined import told
from pyo3ops.tasks.debug.kept import kept

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyo3ops.stacks.layers import Sources
    from pyo3ops.stacks.model import Dump
    from pyo3ops.stacks.raw import Raw
    from pyo3ops.stacks.sources.chosen import Looked
    from pyo3ops.stacks.symbol_files import SymbolFiles


#: What is imported where the first frame has no line, as that of `_start` has none: it takes as long as all the rest.
LATER = ("elftools.elf.elffile", "symbolic")


@dataclass(frozen=True)
class Ready:
    """What does not wait for the debugger: where symbols are, and whose code is whose."""

    where: SymbolFiles
    sources: Sources


def of(looked: Looked, ready: Ready, file: Path | None, *, all_frames: bool) -> dict[str, Any]:
    """The fields of a report about looks, of which there is one at least; the last dump goes to `file`."""
    dumps = tuple(told(build_ids.named(merge.merged(raw), ready.where), ready.sources) for raw in looked.raws)
    return {
        "facts": tuple(_facts(dumps[-1], looked.raws)),
        "findings": (_whole(dumps[-1], looked), *_addresses(dumps[-1]), *_judged(dumps)),
        "traces": shown.traces(dumps[-1], all_frames=all_frames),
        "artifacts": kept(dumps[-1], file, "stacktrace PID"),
    }


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
