"""`pyo3ops debug crash`: what was printed of a crash, however it was wrapped, as one report."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Callable, Iterator

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Fact, Host, Report
from pyo3ops.debug.crash import crashes, findings, redaction
from pyo3ops.debug.crash import input as pasted_input
from pyo3ops.debug.crash.story import Kind
from pyo3ops.stacks import build_ids, dump_json, shown
from pyo3ops.stacks.model import Dump
from pyo3ops.tasks.debug.kept import Kept, checked, written
from pyo3ops.tasks.debug.symbols import symbol_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyo3ops.core.model import Trace
    from pyo3ops.debug.crash.crashes import Analysis, Crash
    from pyo3ops.debug.crash.input import Pasted

#: Stacks that are shown of one crash: its own, and those of other threads.
_SHOWN = 12
#: Crashes whose stacks are shown.
_CRASHES = 20


@dataclass(frozen=True)
class Request:
    """The log to read: a file, or the text that was piped in."""

    env: Mapping[str, str]
    #: None where `stream` or `text` is what is meant.
    source: Path | None = None
    #: Bytes that are piped in.
    stream: IO[bytes] | None = None
    text: str = ""
    #: Leave out whose it is, for others to read.
    redact: bool = False
    #: Folders and, with `online`, servers that have symbols of addresses in the text.
    symbols: tuple[Path, ...] = ()
    online: bool = False
    all_frames: bool = False
    #: Where the first crash goes as JSON.
    dump: Path | None = None
    strict: bool = False
    progress: Callable[[str], None] = lambda _: None


def run(root: Path | None, request: Request) -> Report:
    """Read a text and tell each crash in it: its stack, signature, cause and next step.

    `root` is a project whose files may be read for the lines around calls. Raises `UsageError` for a text that is
    empty, and for a file that cannot be read or is none.
    """
    started = time.monotonic()
    checked(request.dump, "crash", str(request.source or "-"))
    pasted = _pasted(request)
    name = str(request.source) if request.source else "stdin"
    if not pasted.text.strip():
        raise UsageError(
            f"{name} is empty",
            cause="errors go to stderr, which a pipe takes only with 2>&1",
            command=pasted_input.USAGE,
        )
    request.progress(f"reading {len(pasted.text):,} characters")
    analysis = crashes.of(pasted.text, pasted.starts)
    facts = [Fact("log", name), *_of_input(pasted)]
    named: Callable[[str], str] = str
    if request.redact:
        analysis, taken, named = _without_owner(analysis, pasted, request, root)
        facts = [Fact("log", named(name)), *_of_input(pasted), taken]
    analysis = _with_symbols(analysis, root, request, named)
    shown_name = facts[0].value
    done = _written(analysis, request.dump, named)
    return Report(
        task="debug crash",
        project=None,
        host=None if request.redact else Host.here(),
        facts=(*facts, *_facts(analysis)),
        findings=(
            *findings.of_analysis(analysis, shown_name, shown_name if request.source else None),
            *done.findings,
        ),
        traces=tuple(_traces(analysis, root, request)),
        artifacts=done.artifacts,
        strict=request.strict,
        seconds=time.monotonic() - started,
    )


def _pasted(request: Request) -> Pasted:
    if request.source:
        return pasted_input.of_file(request.source)
    if request.stream:
        return pasted_input.of_stream(request.stream, "stdin")
    return pasted_input.of_text(request.text)


def _of_input(pasted: Pasted) -> Iterator[Fact]:
    first, number = pasted.starts[-1]
    lines = f"{len(pasted.text.splitlines()) - first + number:,}"
    if pasted.skipped:
        more = f", where {pasted.missed:,} more places look like a crash," if pasted.missed else ""
        lines += f" (of these {pasted.skipped:,} bytes of the middle{more} were not read)"
    yield Fact("lines", lines)
    if pasted.replaced:
        yield Fact("encoding", "not UTF-8: bytes that are no text were replaced")


def _without_owner(
    analysis: Analysis, pasted: Pasted, request: Request, root: Path | None
) -> tuple[Analysis, Fact, Callable[[str], str]]:
    """What a text tells that was redacted first, under the signatures of what was pasted."""
    text, again, counts = redaction.redacted(pasted.text, request.env, root)
    told = crashes.of(text, pasted.starts)
    if len(told.crashes) == len(analysis.crashes):
        # A hash tells nothing of what it is of, and the same crash has the same name whoever shares it.
        same = zip(told.crashes, analysis.crashes)
        told = replace(
            told,
            crashes=tuple(replace(one, signature=replace(one.signature, id=other.signature.id)) for one, other in same),
        )
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing was found to take out"
    return told, Fact("redacted", said), again


def _with_symbols(analysis: Analysis, root: Path | None, request: Request, named: Callable[[str], str]) -> Analysis:
    """The same with addresses named, where the text has any that nothing names; `named` is asked what may be told."""
    unnamed = any(
        build_ids.nameless(frame) and frame.address is not None
        for crash in analysis.crashes
        for stack in crash.story.dump.stacks
        for frame in stack.frames
    )
    if not unnamed and not request.symbols:
        return analysis
    where = symbol_files(root, request.env, request.symbols, online=request.online)
    request.progress("looking for symbols")
    dumps = (build_ids.named(each.story.dump, where) for each in analysis.crashes)
    if request.redact:
        # Symbols have folders of whoever built, and gaps those that were looked into.
        dumps = (redaction.everywhere(dump, named) for dump in dumps)
    return replace(
        analysis, crashes=tuple(crashes.with_dump(each, dump) for each, dump in zip(analysis.crashes, dumps))
    )


def _facts(analysis: Analysis) -> Iterator[Fact]:
    for crash in dict.fromkeys((crash.signature.id, crash.signature.text) for crash in analysis.crashes):
        yield Fact("signature", f"{crash[0]} ({crash[1]})")
    versions = dict.fromkeys(crash.story.dump.process.python for crash in analysis.crashes)
    said = ", ".join(version for version in versions if version)
    if said:
        yield Fact("python", said)
    for tool in analysis.tools:
        places = ", ".join(f"{first}-{last}" for first, last in tool.lines[:12])
        more = f" and {len(tool.lines) - 12} more" if len(tool.lines) > 12 else ""  # noqa: PLR2004
        yield Fact(tool.name, f"lines {places}{more}")
    for removed in analysis.cleaned.removed:
        yield Fact("taken off", f"{removed.kind}, from {removed.lines:,} lines")


def _traces(analysis: Analysis, root: Path | None, request: Request) -> Iterator[Trace]:
    """The joined stack of each crash under its name, then the other threads'."""
    # What stands in files here has been in nobody's log, and would be told as it is.
    sources = (root,) if root and not request.redact else ()
    seen: set[str] = set()
    for crash in analysis.crashes[:_CRASHES]:
        if crash.signature.id in seen:
            continue
        seen.add(crash.signature.id)
        yield from _of_crash(crash, sources, request)


def _of_crash(crash: Crash, sources: tuple[Path, ...], request: Request) -> Iterator[Trace]:
    # The exceptions have their calls in the joined stack.
    whole = replace(crash.story.dump, exception=None)
    found = shown.traces(whole, all_frames=request.all_frames, sources=sources)
    title = findings.summary(crash.story)
    for index, trace in enumerate(found[:_SHOWN]):
        yield replace(trace, title=title if index == 0 and crash.story.kind.value != "hang" else trace.title)
    raised = crash.story.dump.exception
    if crash.story.kind is Kind.EXCEPTION and raised is not None and raised.origin is not None:
        # The joined stack is that of the first one; what was raised from it ended the program.
        chain = shown.traces(Dump(exception=raised), all_frames=request.all_frames, sources=sources)
        yield from chain[:-1][:_SHOWN]


def _written(analysis: Analysis, path: Path | None, named: Callable[[str], str]) -> Kept:
    """The dump of the first crash as a file, told by what it is `named`."""
    if path is None or not analysis.crashes:
        return Kept()
    return written(dump_json.to_text(analysis.crashes[0].story.dump).encode("ascii"), path, named(str(path)))
