"""What is said of the looks at a running process: read, joined and judged; imported while the debugger looks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Iterator

from pyo3ops.core.model import Fact, Finding, Fix, Status
from pyo3ops.stacks import build_ids, merge, shown, verdicts, whole
from pyo3ops.stacks.model import Gil
from pyo3ops.stacks.verdicts import findings as verdict_findings
from pyo3ops.stacks.verdicts import people
from pyo3ops.stacks.verdicts.reading import from_disk
from pyo3ops.stacks.verdicts.scene import scene_of
from pyo3ops.tasks.debug.joined import told
from pyo3ops.tasks.debug.kept import saved

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyo3ops.core.model import Artifact, Trace
    from pyo3ops.stacks.layers import Sources
    from pyo3ops.stacks.model import Dump
    from pyo3ops.stacks.raw import Raw
    from pyo3ops.stacks.sources.chosen import Looked
    from pyo3ops.stacks.symbol_files import SymbolFiles


#: What is imported where the first frame has no line, as that of `_start` has none: it takes as long as all the rest.
LATER = "elftools.elf.elffile"
#: Of that what may not be here.
OPTIONAL = "symbolic"
#: Libraries without names that the detail of their finding has room for.
_NAMED = 3
_INSTALLED = ("site-packages", "dist-packages")
#: Cargo's variables come before what the package's own profile says.
_BUILT = (
    "CARGO_PROFILE_RELEASE_DEBUG=line-tables-only CARGO_PROFILE_RELEASE_STRIP=none "
    "pip install --force-reinstall --no-deps --no-binary PACKAGE PACKAGE"
)


@dataclass(frozen=True)
class Ready:
    """What does not wait for the debugger: where symbols are, and whose code is whose."""

    where: SymbolFiles
    sources: Sources


@dataclass(frozen=True)
class Said:
    """What a report says of looks."""

    facts: tuple[Fact, ...]
    findings: tuple[Finding, ...]
    traces: tuple[Trace, ...]
    artifacts: tuple[Artifact, ...]
    #: Whether it moves.
    answer: str = ""


def of(looked: Looked, ready: Ready, file: Path | None, *, all_frames: bool) -> Said:
    """What is said of looks, of which there is one at least; the last dump goes to `file`."""
    dumps = tuple(told(build_ids.named(merge.merged(raw), ready.where), ready.sources) for raw in looked.raws)
    better = Fix("see what a better source needs", ("pyo3ops", "validate", "--select", "debug"), mends=False)
    seen = whole.finding("debug.stack", dumps[-1], looked.refused, better)
    kept = saved(dumps[-1], file)
    judged = _judged(dumps)
    return Said(
        tuple(_facts(dumps[-1], looked.raws)),
        (seen, *_addresses(dumps[-1]), *judged, *kept.findings),
        shown.traces(dumps[-1], all_frames=all_frames),
        kept.artifacts,
        _answer(dumps, stuck=any(each.id != verdict_findings.OK for each in judged)),
    )


def _answer(dumps: Sequence[Dump], *, stuck: bool) -> str:
    """Whether the process moved between the looks, which is what is asked of one that seems to hang."""
    if len(dumps) < 2:  # noqa: PLR2004 - two looks
        return "it was looked at once: whether it moves takes two looks to tell"
    threads = scene_of(dumps).threads
    moved = sorted((people.called(each.stack, dumps[-1].process) for each in threads if not each.steady), key=_main)
    if not moved:
        who = {1: "its one thread is", 2: "both its threads are"}.get(len(threads), f"all {len(threads)} threads are")
        return f"it stood still: {who} at the same place in both looks{'' if stuck else '; it waits, or it hangs'}"
    more = f" and {len(moved) - 1} more of {len(threads)} threads were" if len(moved) > 1 else " was"
    if stuck:
        return f"a part of it moves: {moved[0]}{more} elsewhere at the second look"
    return f"it moves: {moved[0]}{more} elsewhere at the second look, so it is busy, not dead"


def _main(name: str) -> bool:
    """Sorts the main thread to the front."""
    return name != "the main thread"


def _facts(dump: Dump, raws: Sequence[Raw]) -> Iterator[Fact]:
    yield Fact("source", dump.source)
    if dump.process.python:
        free = ", free-threaded" if dump.process.free_threaded else ""
        yield Fact("Python", f"{dump.process.python}{free}")
    stopped = [raw.stopped for raw in raws if raw.stopped is not None]
    if stopped:
        yield Fact("stood still", ", ".join(f"{each * 1000:.0f} ms" for each in stopped))


def _addresses(dump: Dump) -> Iterator[Finding]:
    """Which libraries have no names, where that keeps the stacks from being understood."""
    frames = [frame for stack in dump.stacks for frame in stack.frames if build_ids.nameless(frame)]
    if frames:
        modules = sorted({frame.module or "no known file" for frame in frames})
        number = f"{len(frames)} frame{' is an address' if len(frames) == 1 else 's are addresses'}"
        detail = f"{number} without a name, in {', '.join(modules[:_NAMED])}"
        yield Finding(
            "debug.symbols", "every frame has a name", Status.WARN, detail, tuple(modules[_NAMED:]), _names(modules)
        )


def _names(modules: Sequence[str]) -> Fix:
    """Where names are to be had: of a wheel of somebody else's nobody here has the debug information."""
    words = "bring their symbols: the store of `pyo3ops wheels symbols`, or --symbols DIR"
    if any(folder in PurePath(module).parts for module in modules for folder in _INSTALLED):
        words = f"{words}; or build the package with them: `{_BUILT}`"
    return Fix(words, mends=False)


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
